/** Asks begun over HTTP: they go on after the request that began them was answered or broken off. */
import { setImmediate } from 'node:timers/promises'
import {
  type ApprovalResult,
  type Clock,
  InsufficientApprovalError,
  type ReplicatePieceApprovalTask,
  type SpApproval,
  type TaskKey,
  taskKey
} from '../../../index.js'
import { aborted } from '../../../kit/abort.js'
import { deadlineSignal } from '../../../kit/clock.js'

export type Settled =
  | { readonly ok: true; readonly result: ApprovalResult }
  | { readonly ok: false; readonly error: unknown }

export interface BegunAsk {
  readonly key: TaskKey
  readonly done: Promise<Settled>
}

export interface AskFigures {
  readonly min: number
  readonly max: number
  readonly timeoutMs: number
}

/**
 * Begins an ask and resolves once it is sent, or has ended. An ask that fails before it is sent (repeated, queue full, bad
 * task, no height) rejects: nothing was begun, and nobody was asked.
 */
export async function beginAsk(
  module: SpApproval,
  task: ReplicatePieceApprovalTask,
  figures: AskFigures
): Promise<BegunAsk> {
  const key = taskKey(task.objectInfo)
  let begun = (): void => undefined
  const sent = new Promise<void>(resolve => {
    begun = resolve
  })
  const seen = (event: CustomEvent<{ readonly key: TaskKey }>): void => {
    if (event.detail.key === key) begun()
  }
  module.addEventListener('ask:sent', seen)
  try {
    const done = module.handleReplicatePieceApproval(task, figures).then(
      (result): Settled => ({ ok: true, result }),
      (error: unknown): Settled => ({ ok: false, error })
    )
    // The event may be of another ask with this key; a refusal of ours is there within a turn of the event loop.
    const first = await Promise.race([done, sent.then(() => Promise.race([done, setImmediate(undefined)]))])
    if (first !== undefined && !first.ok && !(first.error instanceof InsufficientApprovalError)) throw first.error
    return { key, done }
  } finally {
    module.removeEventListener('ask:sent', seen)
  }
}

/** How an ask ended, or `undefined` when it still runs after `ms` or the signal aborts. */
export async function settledWithin(
  ask: BegunAsk,
  ms: number,
  clock: Clock,
  signals: readonly AbortSignal[]
): Promise<Settled | undefined> {
  if (ms <= 0) return undefined
  const { signal, clear } = deadlineSignal(clock, ms, ...signals)
  try {
    return await Promise.race([ask.done, aborted(signal).then(() => undefined)])
  } finally {
    clear()
  }
}
