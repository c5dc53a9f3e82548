import { shortForm } from '../chaos/harness/short.js'
import { hostile } from '../chaos/rows/hostile.js'

shortForm(hostile)
