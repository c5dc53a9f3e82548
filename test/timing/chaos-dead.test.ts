import { shortForm } from '../chaos/harness/short.js'
import { dead } from '../chaos/rows/dead.js'

shortForm(dead)
