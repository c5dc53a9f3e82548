/** Running tasks by key, queried by sub-key, and finished tasks, bounded by count and age. */
import type { TaskKey } from '../domain/brands.js'

export interface Keyed {
  readonly key: TaskKey
}

export type { TaskHistory } from './history.js'
export type { TaskQueue } from './task-queue.js'
