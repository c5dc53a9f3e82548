import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import type { SignedState } from '../chain/coordinator/messages.js'
import { SP_STATUSES } from '../chain/entry-rules.js'
import { requireSpAddress } from '../codec/address.js'
import type { SpStatus } from '../domain/registry.js'
import { CoordinatorRefusedError, InvalidArgumentError, messageOf, NotFoundError } from '../errors.js'
import type { Clock } from '../kit/clock.js'
import type { SchemaTypeProvider } from '../kit/http/schema-type.js'
import type { Logger } from '../logger.js'
import type { Coordinator } from './index.js'
import { isOneOf } from './join-policy.js'
import type { Membership } from './membership.js'
import { MAX_BODY_BYTES, problemHandler } from './problem.js'
import { RequestRate } from './request-rate.js'
import { JoinBody, LeaveBody, SpParams, StateQuery, StatusBody } from './schemas.js'
import { validatorCompiler } from './validation.js'

export interface ServerParts {
  readonly coordinator: Coordinator
  readonly membership: Membership
  readonly adminTokenDigest: Buffer | undefined
  readonly state: (known: bigint | undefined) => Promise<SignedState>
  readonly info: () => object
  /** Why the list cannot be written; `undefined` while it can. */
  readonly fault: () => unknown
  readonly clock: Clock
  readonly logger: Logger
}

/** A whole request must be in by then. */
const REQUEST_TIMEOUT_MS = 10_000
/** Per address. A cluster on one machine is one address: 200 SPs poll 100 times a second. */
const READS = { perSecond: 500, burst: 1_000 }
/** Per address; each may cost a signature check and a write. */
const WRITES = { perSecond: 20, burst: 300 }

/** The routes; docs/COORDINATOR.md describes them. */
export function buildServer(parts: ServerParts): FastifyInstance {
  const server = fastify({
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionTimeout: 3 * REQUEST_TIMEOUT_MS,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 64 },
    // Both stand here so that Fastify's own compilers are never loaded; the type of the first means Ajv's `compile`.
    schemaController: {
      compilersFactory: {
        buildValidator: () => validatorCompiler as never,
        buildSerializer: () => () => JSON.stringify
      }
    }
  })
  server.setErrorHandler(problemHandler(parts.logger))
  server.setNotFoundHandler(request => {
    throw new NotFoundError('route', `${request.method} ${request.url.slice(0, 100)}`)
  })
  const reads = new RequestRate(READS, parts.clock)
  const writes = new RequestRate(WRITES, parts.clock)
  server.addHook('onRequest', async request => (request.method === 'GET' ? reads : writes).take(request.ip))
  publicRoutes(server, parts)
  commandRoutes(server, parts)
  return server
}

type Server = ReturnType<typeof typed>
const typed = (server: FastifyInstance) => server.withTypeProvider<SchemaTypeProvider>()

function publicRoutes(instance: FastifyInstance, { membership, state, info, fault }: ServerParts): void {
  const server: Server = typed(instance)
  server.get('/v1/state', { schema: { querystring: StateQuery } }, ({ query: { known } }) =>
    state(known === undefined ? undefined : BigInt(known))
  )
  server.get('/v1/info', async () => info())
  server.get('/-/healthy', async (_request, reply) => {
    const error = fault()
    return error === undefined
      ? { status: 'ok' }
      : reply.code(503).send({ status: 'failing', detail: messageOf(error) })
  })
  server.post('/v1/join', { schema: { body: JoinBody } }, ({ body }) => membership.join(body))
  server.post('/v1/leave', { schema: { body: LeaveBody } }, async ({ body }, reply) => {
    await membership.leave(body)
    return reply.code(204).send()
  })
}

/** Commands of the coordinator's operator, behind the admin token. */
function commandRoutes(instance: FastifyInstance, { coordinator, adminTokenDigest }: ServerParts): void {
  const server: Server = typed(instance)
  const onRequest = async (request: FastifyRequest): Promise<void> => requireAdmin(request, adminTokenDigest)
  const spOf = (address: string) => requireSpAddress('address', address)
  server.put(
    '/v1/sps/:address/status',
    { onRequest, schema: { params: SpParams, body: StatusBody } },
    async (request, reply) => {
      await coordinator.setStatus(spOf(request.params.address), requireStatus(request.body.status))
      return reply.code(204).send()
    }
  )
  server.delete('/v1/sps/:address', { onRequest, schema: { params: SpParams } }, async (request, reply) => {
    await coordinator.remove(spOf(request.params.address))
    return reply.code(204).send()
  })
  server.post('/v1/sps/:address/restore', { onRequest, schema: { params: SpParams } }, async (request, reply) => {
    await coordinator.restore(spOf(request.params.address))
    return reply.code(204).send()
  })
}

function requireAdmin(request: FastifyRequest, adminTokenDigest: Buffer | undefined): void {
  const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1]
  if (adminTokenDigest !== undefined && token !== undefined && isOneOf(token, [adminTokenDigest])) return
  const expected = adminTokenDigest === undefined ? 'a coordinator with an admin token' : 'the admin token as a bearer'
  throw new CoordinatorRefusedError('unauthorized', `authorization: expected ${expected}`, { httpStatus: 401 })
}

function requireStatus(name: string): SpStatus {
  const status = SP_STATUSES.find(known => known === name.replace(/^STATUS_/, ''))
  if (status === undefined) throw new InvalidArgumentError('status', `one of ${SP_STATUSES.join(', ')}`, name)
  return status
}
