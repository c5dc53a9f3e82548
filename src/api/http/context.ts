import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault
} from 'fastify'
import type { Clock, SpAddress, SpApproval, TaskKey } from '../../index.js'
import type { SchemaTypeProvider } from '../../kit/http/schema-type.js'
import type { AskFigures, BegunAsk } from './ask-book.js'
import type { IdempotencyKeys } from './idempotency.js'
import type { EventHub } from './sse.js'

/** A Fastify instance whose handlers take their types from the schemas. */
export type Api = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  SchemaTypeProvider
>

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answers without a token. */
    readonly public?: boolean
  }
}

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
