import { shortForm } from './harness/short.js'
import { zombies } from './rows/zombies.js'

shortForm(zombies)
