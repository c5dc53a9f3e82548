import { shortForm } from './harness/short.js'
import { restart } from './rows/restart.js'

shortForm(restart)
