import type { FastifyRequest } from 'fastify'
import { ChainUnavailableError, type SpApproval } from '../../../index.js'
import { HttpError } from '../../../kit/http/problem.js'
import { type HttpServer, Type } from '../../../kit/http/schema-type.js'
import { HealthySchema, ReadySchema } from '../schemas/node.js'
import { operation } from './operation.js'

const ReadyQuery = Type.Closed({
  min: Type.Optional(Type.Integer({ minimum: 0, maximum: 100_000, description: 'Instead of the configured one' }))
})

/** What readiness is judged by. */
type Judged = Pick<SpApproval, 'overview' | 'sps'>

export interface HealthInit {
  readonly module: Judged
  /** Distinct SPs that readiness wants reachable. */
  readonly minSps: number
  /** Whether the request may hear more than the status and coded reasons. */
  readonly mayRead: (request: FastifyRequest) => boolean
}

/**
 * Probes of a supervisor have nowhere to keep a token. Texts name files, endpoints and what our own services answered: who
 * has no token gets none of them.
 */
export function healthRoutes(api: HttpServer, { module, minSps, mayRead }: HealthInit): void {
  const config = { public: true }
  const answers = { security: [], always: [403], answers: { 200: HealthySchema } } as const
  const healthy = operation('health', 'healthy', 'The process lives; needs no token', answers)
  api.get('/-/healthy', { config, ...healthy }, () => ({ healthy: true as const }))
  const ready = operation('health', 'ready', READY, {
    security: [{}, { token: [] }],
    querystring: ReadyQuery,
    always: [403],
    answers: { 200: ReadySchema },
    problems: [400, 500, 503]
  })
  api.get('/-/ready', { config, ...ready }, request => {
    const min = request.query.min ?? minSps
    const { state, height, chain, alarms, spsReachable } = module.overview()
    const isTold = mayRead(request)
    const unwritable = alarms.find(({ kind }) => kind === 'store-write')
    const noHeight = `no trusted height${chain.alarm === undefined ? '' : `: ${chain.alarm}`}`
    const checks = [
      { name: 'started', ok: state === 'started', detail: `the module is ${state}` },
      { name: 'height', ok: height !== undefined, detail: height === undefined ? noHeight : `height ${height}` },
      { name: 'sps', ok: spsReachable >= min, detail: `${spsReachable} of ${min} SPs reachable` },
      { name: 'store', ok: unwritable === undefined, detail: unwritable?.message ?? 'the store can be written' }
    ]
    if (checks.every(check => check.ok) && height !== undefined) {
      return { ready: true as const, ...(isTold && { min, reachable: spsReachable, height, alarms }) }
    }
    const failed = checks.filter(check => !check.ok).map(check => (isTold ? check.detail : check.name))
    const members = isTold
      ? { checks, alarms, unreachable: unreachableSps(module) }
      : { checks: checks.map(({ name, ok }) => ({ name, ok })) }
    throw new HttpError(503, 'ERR_NOT_READY', `not ready: ${failed.join('; ')}`, {
      retryAfterMs: 1_000,
      hint: 'GET /api/v1/doctor tells why',
      members: { ready: false, ...members }
    })
  })
}

const READY =
  'Started, a height is trusted and enough distinct SPs are reachable; otherwise 503 with the checks. Needs no token, and tells more with it'

function unreachableSps(module: Judged): readonly object[] {
  try {
    // SPs out of service are not expected to be reachable.
    return module
      .sps()
      .filter(sp => !sp.self && !sp.reachable && sp.status === 'IN_SERVICE')
      .map(({ operatorAddress, status, endpoint }) => ({ sp: operatorAddress, status, endpoint }))
  } catch (error) {
    // Without a list there are no names to give; the checks say so.
    if (error instanceof ChainUnavailableError) return []
    throw error
  }
}
