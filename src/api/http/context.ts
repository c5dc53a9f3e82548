import type { Clock, SpAddress, SpApproval, TaskKey } from '../../index.js'
import { HttpError } from '../../kit/http/problem.js'
import type { AskFigures, BegunAsk } from './ask-book.js'
import type { IdempotencyKeys } from './idempotency.js'
import type { EventHub } from './sse.js'

/** The operator's ways out, where the daemon has them; a route whose hook is missing answers 501. */
export interface AdminHooks {
  /** Take an SP list that is held back. */
  readonly confirmList?: () => void | Promise<void>
  /** Believe the next height. */
  readonly resetHeight?: () => void | Promise<void>
  /** Grant again although promises may have been lost. */
  readonly acceptLoss?: () => void | Promise<void>
  /** Instead of the module's own. */
  readonly releaseApproval?: (key: TaskKey, sp: SpAddress) => Promise<boolean>
}

/** What the routes work with. */
export interface ApiContext {
  readonly module: SpApproval
  readonly clock: Clock
  /** The effective configuration, masked by whoever made it. */
  readonly config: (() => object) | undefined
  readonly admin: AdminHooks
  readonly minSps: number
  /** Used where a request does not say. */
  readonly askDefaults: AskFigures
  readonly events: EventHub
  readonly idempotency: IdempotencyKeys<BegunAsk>
  /** Aborts when a stopping server has waited long enough for asks in flight. */
  readonly drained: AbortSignal
}

/** A route whose hook or source this node was started without. */
export const notOffered = (what: string, needed: string): HttpError =>
  new HttpError(501, 'ERR_NOT_OFFERED', `${what}: this node was started without ${needed}`)
