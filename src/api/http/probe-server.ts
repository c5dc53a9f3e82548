import { type Logger, requireObject } from '../../index.js'
import { type HealthInit, healthRoutes } from './routes/health.js'
import { type HttpApi, httpService, listenAddress } from './service.js'

export interface ProbeServerInit extends Omit<HealthInit, 'mayRead'> {
  /** HOST:PORT; port 0 lets the system choose. */
  readonly address: string
  readonly logger?: Logger
}

/**
 * `/-/healthy` and `/-/ready` of the API on an address of their own, for supervisors that reach no loopback address. It
 * answers as the API does without the token.
 */
export function createProbeServer(init: ProbeServerInit): HttpApi {
  requireObject('options', '{ module, address, minSps }', init)
  const { module, address, minSps, logger } = init
  return httpService({
    name: 'probe',
    address: listenAddress('probe address', address),
    guards: [],
    routes: ({ server }) => healthRoutes(server, { module, minSps, mayRead: () => false }),
    logger
  })
}
