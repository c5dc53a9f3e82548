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
}

interface Check {
  readonly name: 'started' | 'height' | 'sps' | 'store'
  readonly ok: boolean
  readonly detail: string
}

/** Probes of a supervisor have nowhere to keep a token, and the answers are figures and what the SP list says. */
export function healthRoutes(api: HttpServer, { module, minSps }: HealthInit): void {
  const config = { public: true }
  const open = { security: [], always: [403] } as const
  api.get(
    '/-/healthy',
    {
      config,
      ...operation('health', 'healthy', 'The process lives; needs no token', {
        ...open,
        answers: { 200: HealthySchema }
      })
    },
    () => ({ healthy: true as const })
  )
  api.get(
    '/-/ready',
    {
      config,
      ...operation(
        'health',
        'ready',
        'Started, a height is trusted and enough distinct SPs are reachable; otherwise 503 with the checks; needs no token',
        { ...open, querystring: ReadyQuery, answers: { 200: ReadySchema }, problems: [400, 500, 503] }
      )
    },
    request => {
      const min = request.query.min ?? minSps
      const { state, height, chain, alarms, spsReachable } = module.overview()
      const unwritable = alarms.find(({ kind }) => kind === 'store-write')
      const checks: Check[] = [
        { name: 'started', ok: state === 'started', detail: `the module is ${state}` },
        {
          name: 'height',
          ok: height !== undefined,
          detail:
            height === undefined
              ? `no trusted height${chain.alarm === undefined ? '' : `: ${chain.alarm}`}`
              : `height ${height}`
        },
        { name: 'sps', ok: spsReachable >= min, detail: `${spsReachable} of ${min} SPs reachable` },
        { name: 'store', ok: unwritable === undefined, detail: unwritable?.message ?? 'the store can be written' }
      ]
      if (checks.every(check => check.ok) && height !== undefined) {
        return { ready: true as const, min, reachable: spsReachable, height, alarms }
      }
      const failed = checks.filter(check => !check.ok).map(check => check.detail)
      throw new HttpError(503, 'ERR_NOT_READY', `not ready: ${failed.join('; ')}`, {
        retryAfterMs: 1_000,
        hint: 'GET /api/v1/doctor tells why',
        members: { ready: false, checks, alarms, unreachable: unreachableSps(module) }
      })
    }
  )
}

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
