import { NotFoundError, type SpApproval, type TaskRecord } from '../../../index.js'

/** The newest ask with exactly this key. @throws NotFoundError */
export function findTask(module: SpApproval, key: string): TaskRecord {
  const newest = module
    .tasks({ subKey: key })
    .filter(record => record.key === key)
    .reduce<TaskRecord | undefined>((a, b) => (a === undefined || ranks(b, a) ? b : a), undefined)
  if (newest === undefined) throw new NotFoundError('task', key)
  return newest
}

/** A running ask before finished ones, then the one that started last. */
const ranks = (b: TaskRecord, a: TaskRecord): boolean =>
  (b.state === 'asking') === (a.state === 'asking') ? b.startedAt >= a.startedAt : b.state === 'asking'
