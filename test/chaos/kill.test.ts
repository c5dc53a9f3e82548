import { shortForm } from './harness/short.js'
import { kill } from './rows/kill.js'

shortForm(kill)
