/** A Fastify server with the limits, guards and error shape that every HTTP surface of ours has. */
import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import fastify, { type FastifyReply, type FastifyRequest } from 'fastify'
import type { Logger } from '../../index.js'
import type { SchemaTypeProvider } from '../../kit/http/schema-type.js'
import type { Guard } from './auth.js'
import type { Api } from './context.js'
import { HttpApiError } from './http-error.js'
import { PROBLEM_TYPE, retryAfterSeconds, toApiError, toProblem } from './problem.js'
import { validatorCompiler } from './validation.js'

/** A task of 64 KiB is about 90 KB of JSON. */
export const MAX_BODY_BYTES = 256 * 1024
/** Time a client has for its headers, and for its whole request. */
export const HEADERS_TIMEOUT_MS = 5_000
export const REQUEST_TIMEOUT_MS = 10_000
export const KEEP_ALIVE_MS = 5_000
/** Open connections at most: operators and a few tools, not the public. */
export const MAX_CONNECTIONS = 256
/** A task key percent-encoded: 63 + 1,024 + 78 characters of up to 3 × 4 bytes fit with room. */
const MAX_PARAM_CHARS = 16_384

export interface ServerInit {
  /** Asked in this order; the first objection is the answer. Routes marked `public` skip those of `token`. */
  readonly host: Guard
  readonly token: Guard | undefined
  readonly logger: Logger
  readonly stopping: () => boolean
}

/** Nothing is compiled at start, and what compiles is not loaded. */
export const schemaController = {
  compilersFactory: {
    // Here, since with setValidatorCompiler Fastify would load its own too; its type means Ajv's `compile`.
    buildValidator: () => validatorCompiler as never,
    // Views are typed after the schemas of the responses; a serializer compiled for each would only cost at start.
    buildSerializer: () => () => JSON.stringify
  }
}

export function createServer(init: ServerInit): Api {
  const { logger } = init
  const api: Api = fastify({
    logger: false,
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    routerOptions: { maxParamLength: MAX_PARAM_CHARS },
    http: { headersTimeout: HEADERS_TIMEOUT_MS, connectionsCheckingInterval: 1_000 },
    return503OnClosing: false,
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    schemaController,
    frameworkErrors: (error, request, reply) => {
      // Before routing: the guards have not run yet.
      setHeaders(request, reply)
      const objection = init.host(request) ?? init.token?.(request)
      sendProblem(logger, objection ?? error, request, reply)
    },
    clientErrorHandler
  }).withTypeProvider<SchemaTypeProvider>()
  api.server.maxConnections = MAX_CONNECTIONS
  acceptEmptyJson(api)

  api.addHook('onRequest', async (request, reply) => {
    setHeaders(request, reply)
    const isPublic = request.routeOptions.config.public === true
    const objection = init.host(request) ?? (isPublic ? undefined : init.token?.(request))
    if (objection !== undefined) throw objection
    if (init.stopping()) {
      throw new HttpApiError(503, 'ERR_SHUTTING_DOWN', 'the API is stopping', { retryAfterMs: 1_000 })
    }
  })
  api.addHook('onSend', async (_request, reply) => {
    if (init.stopping()) reply.header('connection', 'close')
  })
  api.addHook('onResponse', async (request, reply) => {
    logger.debug(
      {
        requestId: request.id,
        method: request.method,
        route: request.routeOptions.url,
        status: reply.statusCode,
        elapsedMs: Math.round(reply.elapsedTime)
      },
      'http request'
    )
  })
  api.setErrorHandler((error, request, reply) => sendProblem(logger, error, request, reply))
  api.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? ''
    const error = new HttpApiError(404, 'ERR_NO_SUCH_ROUTE', `${request.method} ${path.slice(0, 200)}: no such route`, {
      hint: 'GET /api/v1/openapi.json lists the routes'
    })
    sendProblem(logger, error, request, reply)
  })
  return api
}

function setHeaders(request: FastifyRequest, reply: FastifyReply): void {
  reply.header('x-request-id', request.id)
  reply.header('cache-control', 'no-store')
  reply.header('x-content-type-options', 'nosniff')
}

/** Methods of one path, and whether it answers without a token. */
interface RouteMethods {
  readonly methods: Set<string>
  readonly isPublic: boolean
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/** Watches the routes registered from now on; what it gives makes every other method of their paths answer 405. */
export function answerWrongMethods(api: Api): () => void {
  const routes = new Map<string, RouteMethods>()
  let watching = true
  api.addHook('onRoute', ({ url, method, config }) => {
    if (!watching) return
    const known = routes.get(url) ?? { methods: new Set<string>(), isPublic: config?.public === true }
    for (const name of [method].flat()) known.methods.add(name)
    routes.set(url, known)
  })
  return () => {
    watching = false
    for (const [url, { methods, isPublic }] of routes) {
      const allow = [...methods].sort().join(', ')
      api.route({
        method: METHODS.filter(name => !methods.has(name)),
        url,
        config: { public: isPublic },
        schema: { hide: true },
        exposeHeadRoute: false,
        // Before the body is read: whatever it is does not matter to the answer.
        preParsing: async (request, reply) => {
          reply.header('allow', allow)
          const detail = `${request.method} ${url}: expected ${allow}, got ${request.method}`
          throw new HttpApiError(405, 'ERR_METHOD_NOT_ALLOWED', detail)
        },
        handler: async () => undefined
      })
    }
  }
}

/** Clients that always set the JSON content type send it with empty bodies too; such a body is no body. */
function acceptEmptyJson(api: Api): void {
  const parse = api.getDefaultJsonParser('error', 'error')
  api.removeAllContentTypeParsers()
  api.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    const text = typeof body === 'string' ? body : body.toString()
    if (text.trim() === '') return done(null, undefined)
    return parse(request, text, (error, value) => (error === null ? done(null, value) : done(notOurJson(text))))
  })
}

function notOurJson(text: string): HttpApiError {
  let got = 'text that is none'
  try {
    JSON.parse(text)
    got = 'an object with a __proto__ or constructor member'
  } catch (error) {
    return new HttpApiError(400, 'ERR_BAD_REQUEST', `body: expected JSON, got ${got}`, { cause: error })
  }
  return new HttpApiError(400, 'ERR_BAD_REQUEST', `body: expected JSON, got ${got}`)
}

function sendProblem(logger: Logger, thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const error = toApiError(thrown)
  if (error.httpStatus >= 500 && error.code === 'ERR_INTERNAL') {
    logger.error({ err: thrown, requestId: request.id, route: request.routeOptions.url }, 'http request failed')
  }
  const retryAfter = retryAfterSeconds(error)
  if (retryAfter !== undefined) reply.header('retry-after', String(retryAfter))
  if (error.httpStatus === 401) reply.header('www-authenticate', 'Bearer realm="sp-approval"')
  reply
    .code(error.httpStatus)
    .type(PROBLEM_TYPE)
    .send(JSON.stringify(toProblem(error, request.id)))
}

/** What the parser of HTTP itself refuses; there is no request yet. */
function clientErrorHandler(error: Error & { code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const [status, reason, detail] =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? ([431, 'Request Header Fields Too Large', 'headers: expected at most 16 KiB, got more'] as const)
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? ([408, 'Request Timeout', `request: expected all of it in ${REQUEST_TIMEOUT_MS} ms`] as const)
        : ([400, 'Bad Request', 'request: expected HTTP/1.1, got something else'] as const)
  const body = JSON.stringify(toProblem(new HttpApiError(status, 'ERR_BAD_REQUEST', detail), randomUUID()))
  socket.end(
    `HTTP/1.1 ${status} ${reason}\r\ncontent-type: ${PROBLEM_TYPE}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n` +
      `connection: close\r\n\r\n${body}`
  )
}
