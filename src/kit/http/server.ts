/** A Fastify server with the limits, guards and error shape that every HTTP server of ours has. */
import { randomUUID } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import type { AddressInfo } from 'node:net'
import fastify, { type FastifyReply, type FastifyRequest } from 'fastify'
import type { Clock } from '../clock.js'
import { type HostPort, showHostPort } from '../host-port.js'
import { refuseNoHttp } from './client-error.js'
import { limitConnections } from './connection-limit.js'
import { acceptEmptyJson } from './empty-json.js'
import type { Guard } from './guards.js'
import { faultOf, HttpError, PROBLEM_TYPE, type ProblemRules, toProblem } from './problem.js'
import { loadChecks } from './schema-check.js'
import type { HttpServer, SchemaTypeProvider } from './schema-type.js'
import { validatorCompiler } from './validation.js'
import { viewOf } from './view.js'
import { allowOnlyRoutes } from './wrong-methods.js'

/** Time a client has for its headers, and for its whole request. */
const HEADERS_TIMEOUT_MS = 5_000
const REQUEST_TIMEOUT_MS = 10_000
/** Time that an idle connection stays open unless the server says otherwise. */
const KEEP_ALIVE_MS = 5_000
/** After the drain: time for answers to be sent before their connections are cut. */
const FLUSH_MS = 500
/** The longest parameter, a percent-encoded task key: 63 + 1,024 + 78 characters of up to 3 × 4 bytes. */
const MAX_PARAM_CHARS = 16_384

export interface HttpLogger {
  debug(fields: object, message: string): void
  error(fields: object, message: string): void
}

export interface HttpShellInit {
  /** Asked in this order before a body is read; the first fault is the answer. */
  readonly guards: readonly Guard[]
  readonly problems: ProblemRules & {
    /** Of the challenge that goes with each 401; without it there is none. */
    readonly realm?: string
    /** Hint of an unknown route. */
    readonly routes?: string
  }
  readonly limits: {
    readonly bodyBytes: number
    /** Open connections; beyond it the one idle for longest is closed. */
    readonly connections?: number
    readonly keepAliveMs?: number
  }
  readonly logger: HttpLogger
  /** How long a closing server waits for requests in flight. Without it their connections are cut at once. */
  readonly drain?: { readonly ms: number; readonly clock: Clock }
}

export interface HttpShell {
  readonly server: HttpServer
  /** Aborts at the end of the drain: handlers that still wait must answer now. */
  readonly drained: AbortSignal
  /** Binds the server once its routes are there; resolves with its URL. @throws what the system says */
  listen(address: HostPort): Promise<string>
}

/** Schemas are not compiled at start, and the packages that compile them are not loaded. */
export const schemaController = {
  compilersFactory: {
    // Here, since with setValidatorCompiler Fastify would load its own too; its type means Ajv's `compile`.
    buildValidator: () => validatorCompiler as never,
    buildSerializer:
      () =>
      ({ schema }: { readonly schema?: unknown }) =>
      (value: unknown) =>
        JSON.stringify(viewOf(schema, value))
  }
}

export function createShell(init: HttpShellInit): HttpShell {
  const { guards, limits, logger, problems } = init
  const send = (thrown: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    const fault = faultOf(thrown, limits.bodyBytes)
    if (fault.code === 'ERR_INTERNAL') {
      logger.error({ err: thrown, requestId: request.id, route: request.routeOptions.url }, 'http request failed')
    }
    if (fault.retryAfterMs !== undefined) reply.header('retry-after', Math.max(1, Math.ceil(fault.retryAfterMs / 1000)))
    if (fault.httpStatus === 401 && problems.realm !== undefined) {
      reply.header('www-authenticate', `Bearer realm="${problems.realm}"`)
    }
    reply
      .code(fault.httpStatus)
      .type(PROBLEM_TYPE)
      .send(JSON.stringify(toProblem(fault, request.id, problems)))
  }
  const server: HttpServer = fastify({
    logger: false,
    bodyLimit: limits.bodyBytes,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: limits.keepAliveMs ?? KEEP_ALIVE_MS,
    forceCloseConnections: init.drain === undefined ? true : 'idle',
    routerOptions: { maxParamLength: MAX_PARAM_CHARS },
    http: { headersTimeout: HEADERS_TIMEOUT_MS, connectionsCheckingInterval: 1_000 },
    return503OnClosing: false,
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    schemaController,
    frameworkErrors: (error, request, reply) => {
      // Raised before routing, and so before the guards.
      setHeaders(request, reply)
      send(objection(guards, request) ?? error, request, reply)
    },
    clientErrorHandler: (error, socket) => refuseNoHttp(error, socket, problems, REQUEST_TIMEOUT_MS)
  }).withTypeProvider<SchemaTypeProvider>()
  if (limits.connections !== undefined) limitConnections(server.server, limits.connections)
  acceptEmptyJson(server)
  server.setErrorHandler(send)
  server.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? ''
    const what = `${request.method} ${path.slice(0, 200)}: no such route`
    const options = problems.routes === undefined ? {} : { hint: problems.routes }
    send(new HttpError(404, 'ERR_NO_SUCH_ROUTE', what, options), request, reply)
  })
  const drained = drain(server, init.drain)
  let stopping = false
  server.addHook('preClose', async () => {
    stopping = true
  })
  server.addHook('onRequest', async (request, reply) => {
    setHeaders(request, reply)
    const fault = objection(guards, request)
    if (fault !== undefined) throw fault
    if (stopping) throw new HttpError(503, 'ERR_SHUTTING_DOWN', 'the API is stopping', { retryAfterMs: 1_000 })
  })
  server.addHook('preValidation', async ({ routeOptions: { schema = {} } }) => {
    if (schema.body ?? schema.querystring ?? schema.params ?? schema.headers) await loadChecks()
  })
  server.addHook('onSend', async (_request, reply) => {
    if (stopping) reply.header('connection', 'close')
  })
  server.addHook('onResponse', async (request, reply) => {
    const { id, method, routeOptions } = request
    const elapsedMs = Math.round(reply.elapsedTime)
    logger.debug(
      { requestId: id, method, route: routeOptions.url, status: reply.statusCode, elapsedMs },
      'http request'
    )
  })
  const allowOnly = allowOnlyRoutes(server)
  return {
    server,
    drained,
    async listen(address) {
      allowOnly()
      try {
        await server.listen(address)
      } catch (error) {
        await server.close()
        throw error
      }
      const { port } = server.server.address() as AddressInfo
      return `http://${showHostPort({ host: address.host, port })}`
    }
  }
}

function objection(guards: readonly Guard[], request: FastifyRequest): unknown {
  try {
    for (const guard of guards) guard(request)
    return undefined
  } catch (fault) {
    return fault
  }
}

function setHeaders(request: FastifyRequest, reply: FastifyReply): void {
  reply.header('x-request-id', request.id)
  reply.header('cache-control', 'no-store')
  reply.header('x-content-type-options', 'nosniff')
}

/** Requests in flight get `ms` to end; then handlers are told by a signal, and at last their connections are cut. */
function drain(server: HttpServer, init: HttpShellInit['drain']): AbortSignal {
  const controller = new AbortController()
  // One listener for each request that waits; connections are limited.
  setMaxListeners(0, controller.signal)
  if (init === undefined) return controller.signal
  const { clock, ms } = init
  server.addHook('preClose', async () => {
    const first = clock.setTimeout(() => controller.abort(), ms)
    const last = clock.setTimeout(() => server.server.closeAllConnections(), ms + FLUSH_MS)
    server.server.once('close', () => {
      clock.clearTimeout(first)
      clock.clearTimeout(last)
    })
  })
  return controller.signal
}
