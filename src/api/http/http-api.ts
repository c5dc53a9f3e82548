import { type Clock, type Logger, requireObject, type SpApproval, silentLogger, systemClock } from '../../index.js'
import { bearerOf, hostGuard } from '../../kit/http/guards.js'
import type { HttpServer } from '../../kit/http/schema-type.js'
import type { HttpShell } from '../../kit/http/server.js'
import { secretCheck } from '../../kit/secret.js'
import { componentLogger } from '../../logger.js'
import { CALL_AS_LOOPBACK, tokenGuards } from './auth.js'
import type { ApiContext, LogControl } from './context.js'
import { IdempotencyKeys } from './idempotency.js'
import { describeRoutes } from './openapi.js'
import type { AskFigures, BegunAsk } from './routes/ask-book.js'
import { askRoutes } from './routes/asks.js'
import { documentRoute } from './routes/document.js'
import { eventRoutes } from './routes/events.js'
import { grantRoutes } from './routes/grants.js'
import { healthRoutes } from './routes/health.js'
import { nodeRoutes } from './routes/node.js'
import { operatorRoutes } from './routes/operator.js'
import { peerRoutes } from './routes/peers.js'
import { policyRoutes } from './routes/policy.js'
import { spRoutes } from './routes/sps.js'
import { taskRoutes } from './routes/tasks.js'
import { type HttpApi, httpService, listenAddress } from './service.js'
import { EventHub } from './sse.js'

/** `[Ask]` of the configuration. */
export const DEFAULT_ASK: AskFigures = { min: 6, max: 10, timeoutMs: 5_000 }

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
  /** The log whose level the API may set. */
  readonly log?: LogControl
  readonly logger?: Logger
  readonly clock?: Clock
  /** How long a stopping API waits for requests in flight, ms; default 2,000. */
  readonly drainMs?: number
  readonly heartbeatMs?: number
  readonly maxEventStreams?: number
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
  requireObject('options', '{ module, address }', init)
  requireObject('module', 'a module', init.module)
  const { token, allowedHosts = [], logger = silentLogger, clock, drainMs } = init
  const log = componentLogger(logger, 'api/http/http-api')
  const address = listenAddress('address', init.address)
  return httpService({
    name: 'http',
    title: 'http API',
    address,
    guards: [hostGuard(address, allowedHosts, CALL_AS_LOOPBACK), ...tokenGuards(token, address)],
    routes: async shell => {
      if (token === undefined) log.warn({ address: init.address }, 'http API without a token')
      await registerRoutes(shell, contextOf(init, shell))
    },
    drainMs,
    clock,
    logger
  })
}

function contextOf(init: HttpApiInit, { drained }: HttpShell): ApiContext {
  const { module, config, log, token, logger = silentLogger, clock = systemClock } = init
  const isToken = token === undefined ? () => true : secretCheck(token)
  const { heartbeatMs, maxEventStreams: maxStreams } = init
  const askDefaults = { ...DEFAULT_ASK, ...init.askDefaults }
  return {
    module,
    clock,
    config,
    log,
    minSps: init.minSps ?? askDefaults.min,
    mayRead: request => isToken(bearerOf(request) ?? ''),
    askDefaults,
    events: new EventHub({ module, clock, logger, heartbeatMs, maxStreams }),
    idempotency: new IdempotencyKeys<BegunAsk>(clock),
    drained
  }
}

const ROUTES = [
  nodeRoutes,
  peerRoutes,
  spRoutes,
  askRoutes,
  taskRoutes,
  grantRoutes,
  policyRoutes,
  operatorRoutes,
  eventRoutes
]

async function registerRoutes({ server }: HttpShell, context: ApiContext): Promise<void> {
  const { version } = context.module.overview()
  const document = describeRoutes(server, version)
  healthRoutes(server, context)
  await server.register(
    async (v1: HttpServer) => {
      for (const add of ROUTES) add(v1, context)
      documentRoute(v1, document)
    },
    { prefix: '/api/v1' }
  )
  server.addHook('onListen', async () => context.events.start())
  server.addHook('preClose', async () => context.events.stop())
}
