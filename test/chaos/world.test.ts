import { shortForm } from './harness/short.js'
import { world } from './rows/world.js'

shortForm(world)
