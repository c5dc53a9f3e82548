import { setMaxListeners } from 'node:events'
import type { AddressInfo } from 'node:net'
import {
  type Clock,
  LifecycleError,
  type Logger,
  messageOf,
  NotRunningError,
  type Service,
  type SpApproval,
  silentLogger,
  systemClock
} from '../../index.js'
import { baseUrl, type ListenAddress, parseListenAddress } from './address.js'
import type { AskFigures, BegunAsk } from './ask-book.js'
import { bearerGuard, hostGuard, requireToken } from './auth.js'
import type { AdminHooks, Api, ApiContext } from './context.js'
import { IdempotencyKeys } from './idempotency.js'
import { describeRoutes } from './openapi.js'
import { askRoutes } from './routes/asks.js'
import { chainRoutes } from './routes/chain.js'
import { doctorRoutes } from './routes/doctor.js'
import { documentRoute } from './routes/document.js'
import { eventRoutes } from './routes/events.js'
import { grantRoutes } from './routes/grants.js'
import { healthRoutes } from './routes/health.js'
import { nodeRoutes } from './routes/node.js'
import { peerActionRoutes } from './routes/peer-actions.js'
import { peerRoutes } from './routes/peers.js'
import { policyRoutes } from './routes/policy.js'
import { spRoutes } from './routes/sps.js'
import { taskRoutes } from './routes/tasks.js'
import { answerWrongMethods, createServer } from './server.js'
import { EventHub } from './sse.js'

/** `[Ask]` of the configuration. */
export const DEFAULT_ASK: AskFigures = { min: 6, max: 10, timeoutMs: 5_000 }
/** How long a stopping API waits for requests in flight. */
export const HTTP_DRAIN_MS = 2_000
/** After that, how long answers have to get out. */
const FLUSH_MS = 500

export interface HttpApiInit {
  readonly module: SpApproval
  /** HOST:PORT; port 0 lets the system choose. Loopback unless there is a token. */
  readonly address: string
  /** Bearer token of at least 16 characters. Without one every caller on this machine may do everything. */
  readonly token?: string | undefined
  /** Names under which the API may be called besides loopback ones, e.g. behind a reverse proxy. */
  readonly allowedHosts?: readonly string[]
  /** Distinct SPs that `/-/ready` wants reachable. Default: `min` of the asks. */
  readonly minSps?: number
  readonly askDefaults?: Partial<AskFigures>
  /** The effective configuration, secrets masked. */
  readonly config?: () => object
  readonly admin?: AdminHooks
  readonly logger?: Logger
  readonly clock?: Clock
  readonly drainMs?: number
  readonly heartbeatMs?: number
  readonly maxEventStreams?: number
}

export interface HttpApi extends Service {
  /** `http://HOST:PORT`, without a slash. @throws NotRunningError */
  readonly url: string
}

/**
 * The HTTP API over any implementation of the module. It can be started again after a stop.
 *
 * @throws InvalidArgumentError for an address that is none, a token that protects nothing, or a bind without token
 * @example
 * ```ts
 * const api = createHttpApi({ module, address: '127.0.0.1:9380', token })
 * await api.start()
 * ```
 */
export function createHttpApi(init: HttpApiInit): HttpApi {
  const address = parseListenAddress('address', init.address)
  requireToken(init.token, address)
  return new FastifyHttpApi(init, address)
}

class FastifyHttpApi implements HttpApi {
  readonly name = 'http'
  readonly #init: HttpApiInit
  readonly #address: ListenAddress
  readonly #clock: Clock
  readonly #logger: Logger
  #running: { readonly api: Api; readonly url: string; readonly context: ApiContext; stop(): Promise<void> } | undefined

  constructor(init: HttpApiInit, address: ListenAddress) {
    this.#init = init
    this.#address = address
    this.#clock = init.clock ?? systemClock
    this.#logger = init.logger ?? silentLogger
  }

  get url(): string {
    if (this.#running === undefined) throw new NotRunningError('http.url', 'stopped')
    return this.#running.url
  }

  async start(): Promise<void> {
    if (this.#running !== undefined) return
    const { token, allowedHosts } = this.#init
    if (token === undefined) this.#logger.warn({ address: this.#init.address }, 'http API without a token')
    const drain = new AbortController()
    // One listener for each request that waits for its ask; connections are limited.
    setMaxListeners(0, drain.signal)
    let stopping = false
    const api = createServer({
      host: hostGuard(this.#address, allowedHosts),
      token: token === undefined ? undefined : bearerGuard(token),
      logger: this.#logger,
      stopping: () => stopping
    })
    const context = this.#context(drain.signal)
    await registerRoutes(api, context)
    const url = await listen(api, this.#address)
    context.events.start()
    const stop = async (): Promise<void> => {
      stopping = true
      context.events.stop()
      await this.#close(api, drain)
    }
    this.#running = { api, url, context, stop }
    this.#logger.info({ url }, 'http API listens')
  }

  async stop(): Promise<void> {
    const running = this.#running
    this.#running = undefined
    await running?.stop()
  }

  #context(drained: AbortSignal): ApiContext {
    const { module, config, admin = {}, askDefaults, heartbeatMs, maxEventStreams } = this.#init
    const figures = { ...DEFAULT_ASK, ...askDefaults }
    return {
      module,
      clock: this.#clock,
      config,
      admin,
      minSps: this.#init.minSps ?? figures.min,
      askDefaults: figures,
      events: new EventHub({
        module,
        clock: this.#clock,
        logger: this.#logger,
        ...(heartbeatMs === undefined ? {} : { heartbeatMs }),
        ...(maxEventStreams === undefined ? {} : { maxStreams: maxEventStreams })
      }),
      idempotency: new IdempotencyKeys<BegunAsk>(this.#clock),
      drained
    }
  }

  /** Requests in flight get `drainMs` to end; then waits for asks answer 202, and at last the sockets are closed. */
  async #close(api: Api, drain: AbortController): Promise<void> {
    const { drainMs = HTTP_DRAIN_MS } = this.#init
    const first = this.#clock.setTimeout(() => drain.abort(), drainMs)
    const last = this.#clock.setTimeout(() => api.server.closeAllConnections(), drainMs + FLUSH_MS)
    try {
      await api.close()
    } finally {
      this.#clock.clearTimeout(first)
      this.#clock.clearTimeout(last)
    }
  }
}

const ROUTES = [
  nodeRoutes,
  doctorRoutes,
  peerRoutes,
  peerActionRoutes,
  spRoutes,
  askRoutes,
  taskRoutes,
  grantRoutes,
  policyRoutes,
  chainRoutes
]

async function registerRoutes(api: Api, context: ApiContext): Promise<void> {
  const { version } = context.module.overview()
  const document = describeRoutes(api, version)
  const closeRoutes = answerWrongMethods(api)
  healthRoutes(api, context)
  await api.register(
    async (v1: Api) => {
      for (const add of ROUTES) add(v1, context)
      eventRoutes(v1, context)
      documentRoute(v1, document)
    },
    { prefix: '/api/v1' }
  )
  closeRoutes()
}

/** @throws LifecycleError when the address is taken or not ours */
export async function listen(api: Api, { host, port }: ListenAddress): Promise<string> {
  try {
    await api.listen({ host, port })
  } catch (error) {
    await api.close()
    throw new LifecycleError(`http: expected to listen on ${host}:${port}, got ${messageOf(error)}`, { cause: error })
  }
  const bound = api.server.address() as AddressInfo
  return baseUrl(host, bound.port)
}
