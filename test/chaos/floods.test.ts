import { shortForm } from './harness/short.js'
import { floods } from './rows/floods.js'

shortForm(floods)
