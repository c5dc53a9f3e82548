import type { Row } from '../harness/row.js'
import { churn } from './churn.js'
import { cover } from './cover.js'
import { dead } from './dead.js'
import { pingCpu } from './ping-cpu.js'

/** In the order in which they are run. */
export const ROWS: readonly Row[] = [cover, dead, churn, pingCpu]
