import { shortForm } from '../chaos/harness/short.js'
import { world } from '../chaos/rows/world.js'

shortForm(world)
