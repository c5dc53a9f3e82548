import type { FastifyRequest } from 'fastify'
import type { Clock, SpApproval } from '../../index.js'
import type { IdempotencyKeys } from './idempotency.js'
import type { AskFigures, BegunAsk } from './routes/ask-book.js'
import type { EventHub } from './sse.js'

/** The log of the process; pino's logger fits as it is. */
export interface LogControl {
  level: string
}

/** What the routes work with. */
export interface ApiContext {
  readonly module: SpApproval
  readonly clock: Clock
  /** The effective configuration, secrets masked; absent where the daemon gives none. */
  readonly config: (() => object) | undefined
  readonly log: LogControl | undefined
  readonly minSps: number
  /** Whether the request has the token, where the API has one. */
  readonly mayRead: (request: FastifyRequest) => boolean
  /** Used where a request does not say. */
  readonly askDefaults: AskFigures
  readonly events: EventHub
  readonly idempotency: IdempotencyKeys<BegunAsk>
  /** Aborts when a stopping server has waited long enough for asks in flight. */
  readonly drained: AbortSignal
}
