import { collectDefaultMetrics, type Registry } from 'prom-client'
import { type Logger, requireObject } from '../../index.js'
import { hostGuard } from '../../kit/http/guards.js'
import { CALL_AS_LOOPBACK } from './auth.js'
import { type HttpApi, httpService, listenAddress } from './service.js'

export interface MetricsServerInit {
  /** The registry of the module, `module.metrics.registry`. */
  readonly registry: Registry
  /** HOST:PORT; port 0 lets the system choose. */
  readonly address: string
  /** Brings gauges up to date. */
  readonly beforeScrape?: () => void | Promise<void>
  readonly logger?: Logger
}

/**
 * `GET /metrics` for Prometheus, on a port of its own and without a token, as scrapers expect it; figures only, no
 * names of objects and no secrets. Node's own metrics are put into the same registry, never into the global one.
 */
export function createMetricsServer(init: MetricsServerInit): HttpApi {
  requireObject('options', '{ registry, address }', init)
  requireObject('registry', 'a registry of prom-client', init.registry)
  const { registry, logger } = init
  const address = listenAddress('metrics address', init.address)
  return httpService({
    name: 'metrics',
    address,
    guards: [hostGuard(address, [], CALL_AS_LOOPBACK)],
    routes: ({ server }) => {
      if (registry.getSingleMetric(A_NODE_METRIC) === undefined) collectDefaultMetrics({ register: registry })
      server.get('/metrics', async (_request, reply) => {
        await init.beforeScrape?.()
        return reply.type(registry.contentType).send(await registry.metrics())
      })
    },
    logger
  })
}

/** Present when Node's metrics are in the registry already: a registry takes them once, a server may start twice. */
const A_NODE_METRIC = 'process_cpu_user_seconds_total'
