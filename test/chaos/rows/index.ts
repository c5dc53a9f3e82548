import type { Row } from '../harness/row.js'
import { churn } from './churn.js'
import { cover } from './cover.js'
import { dead } from './dead.js'
import { deadBook } from './dead-book.js'
import { floods } from './floods.js'
import { hostile } from './hostile.js'
import { kill } from './kill.js'
import { partition } from './partition.js'
import { pingCpu } from './ping-cpu.js'
import { restart } from './restart.js'
import { world } from './world.js'
import { zombies } from './zombies.js'

/** In the order in which they are run. */
export const ROWS: readonly Row[] = [
  cover,
  dead,
  churn,
  pingCpu,
  zombies,
  deadBook,
  floods,
  hostile,
  restart,
  partition,
  world,
  kill
]
