import type { FastifyRequest } from 'fastify'
import type { SignedState } from '../chain/coordinator/messages.js'
import { requireStatus } from '../chain/entry-rules.js'
import { requireSpAddress } from '../codec/address.js'
import { CoordinatorRefusedError } from '../errors.js'
import type { Clock } from '../kit/clock.js'
import { bearerGuard, type Guard } from '../kit/http/guards.js'
import type { Fault } from '../kit/http/problem.js'
import type { HttpServer } from '../kit/http/schema-type.js'
import { createShell, type HttpShell } from '../kit/http/server.js'
import { componentLogger, type Logger } from '../logger.js'
import { SerialError } from './book.js'
import type { Coordinator } from './index.js'
import type { Membership } from './membership.js'
import { RequestRate } from './request-rate.js'
import { JoinBody, LeaveBody, SpParams, StateQuery, StatusBody } from './schemas.js'

export interface ServerParts {
  readonly coordinator: Coordinator
  readonly membership: Membership
  readonly adminToken: string | undefined
  readonly state: (known: bigint | undefined) => Promise<SignedState>
  readonly info: () => object
  /** The list cannot be written. */
  readonly isFailing: () => boolean
  readonly clock: Clock
  readonly logger: Logger
}

/** An SP's join with its 32 nodes of 16 addresses each. */
const MAX_BODY_BYTES = 64 * 1024
/** Longer than the pause between two polls of a client, so that it keeps its connection. */
const KEEP_ALIVE_MS = 72_000
/** Per address. A cluster on one machine is one address: 200 SPs poll 100 times a second. */
const READS = { perSecond: 500, burst: 1_000 }
/** Per address; each may cost a signature check and a write. */
const WRITES = { perSecond: 20, burst: 300 }

/** The routes; docs/COORDINATOR.md describes them. */
export function buildServer(parts: ServerParts): HttpShell {
  const reads = new RequestRate(READS, parts.clock)
  const writes = new RequestRate(WRITES, parts.clock)
  const shell = createShell({
    guards: [({ method, ip }) => (method === 'GET' ? reads : writes).take(ip)],
    problems: { urn: 'urn:sp-approval:error:', routes: 'docs/COORDINATOR.md lists the routes', membersOf },
    limits: { bodyBytes: MAX_BODY_BYTES, keepAliveMs: KEEP_ALIVE_MS },
    logger: componentLogger(parts.logger, 'kit/http/server')
  })
  publicRoutes(shell.server, parts)
  commandRoutes(shell.server, parts)
  return shell
}

/** The reason of a refusal, and the serial from which an honest client continues. */
const membersOf = (fault: Fault): Readonly<Record<string, unknown>> => ({
  ...(fault instanceof CoordinatorRefusedError && { reason: fault.reason }),
  ...(fault instanceof SerialError && { lastSerial: fault.lastSerial })
})

function publicRoutes(server: HttpServer, { membership, state, info, isFailing }: ServerParts): void {
  server.get('/v1/state', { schema: { querystring: StateQuery } }, ({ query: { known } }) =>
    state(known === undefined ? undefined : BigInt(known))
  )
  server.get('/v1/info', async () => info())
  server.get('/-/healthy', async (_request, reply) => {
    return isFailing() ? reply.code(503).send({ status: 'failing' }) : { status: 'ok' }
  })
  server.post('/v1/join', { schema: { body: JoinBody } }, ({ body }) => membership.join(body))
  server.post('/v1/leave', { schema: { body: LeaveBody } }, async ({ body }, reply) => {
    await membership.leave(body)
    return reply.code(204).send()
  })
}

/** Commands of the coordinator's operator, behind the admin token. */
function commandRoutes(server: HttpServer, { coordinator, adminToken }: ServerParts): void {
  const guard = adminGuard(adminToken)
  const onRequest = async (request: FastifyRequest): Promise<void> => guard(request)
  const spOf = (address: string) => requireSpAddress('address', address)
  server.put(
    '/v1/sps/:address/status',
    { onRequest, schema: { params: SpParams, body: StatusBody } },
    async (request, reply) => {
      await coordinator.setStatus(spOf(request.params.address), requireStatus(request.body.status, 'status'))
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

function adminGuard(token: string | undefined): Guard {
  const refusal = (expected: string): Error =>
    new CoordinatorRefusedError('unauthorized', `authorization: expected ${expected}`)
  if (token !== undefined) return bearerGuard(token, () => refusal('the admin token as a bearer'))
  return () => {
    throw refusal('a coordinator with an admin token')
  }
}
