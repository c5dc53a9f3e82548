import { shortForm } from '../chaos/harness/short.js'
import { zombies } from '../chaos/rows/zombies.js'

shortForm(zombies)
