import type { Logger, SpApproval } from '../../index.js'
import { type HttpApi, httpService, listenAddress } from './service.js'

export interface ProbeServerInit {
  readonly module: Pick<SpApproval, 'overview'>
  /** HOST:PORT; port 0 lets the system choose. */
  readonly address: string
  /** Distinct SPs that readiness wants reachable. */
  readonly minSps: number
  readonly logger?: Logger
}

/** `/-/healthy` and `/-/ready` on an address of their own. They tell figures only, so any host may ask without a token. */
export function createProbeServer({ module, address, minSps, logger }: ProbeServerInit): HttpApi {
  return httpService({
    name: 'probe',
    address: listenAddress('probe address', address),
    guards: [],
    routes: ({ server }) => {
      server.get('/-/healthy', async () => ({ healthy: true }))
      server.get('/-/ready', async (_request, reply) => {
        const { state, height, spsReachable } = module.overview()
        const ready = state === 'started' && height !== undefined && spsReachable >= minSps
        return reply
          .code(ready ? 200 : 503)
          .send({ ready, state, height: height?.toString() ?? null, spsReachable, min: minSps })
      })
    },
    logger
  })
}
