import { shortForm } from '../chaos/harness/short.js'
import { restart } from '../chaos/rows/restart.js'

shortForm(restart)
