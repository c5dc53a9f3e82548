import { collectDefaultMetrics, type Registry } from 'prom-client'
import { type Logger, NotRunningError, silentLogger } from '../../index.js'
import { parseListenAddress } from './address.js'
import { hostGuard } from './auth.js'
import type { Api } from './context.js'
import { type HttpApi, listen } from './http-api.js'
import { answerWrongMethods, createServer } from './server.js'

export interface MetricsServerInit {
  /** The registry of the module, `module.metrics.registry`. */
  readonly registry: Registry
  /** HOST:PORT; port 0 lets the system choose. */
  readonly address: string
  /** Names under which it may be scraped besides loopback ones, when it is bound to loopback. */
  readonly allowedHosts?: readonly string[]
  /** Brings gauges up to date. */
  readonly beforeScrape?: () => void | Promise<void>
  readonly logger?: Logger
}

/**
 * `GET /metrics` for Prometheus, on a port of its own and without a token, as scrapers expect it; figures only, no
 * names of objects and no secrets. Node's own metrics are put into the same registry, never into the global one.
 */
export function createMetricsServer(init: MetricsServerInit): HttpApi {
  const { registry, beforeScrape, logger = silentLogger } = init
  const address = parseListenAddress('metrics address', init.address)
  let running: { readonly api: Api; readonly url: string } | undefined
  return {
    name: 'metrics',
    get url() {
      if (running === undefined) throw new NotRunningError('metrics.url', 'stopped')
      return running.url
    },
    async start() {
      if (running !== undefined) return
      if (registry.getSingleMetric(A_NODE_METRIC) === undefined) collectDefaultMetrics({ register: registry })
      const api = createServer({
        host: hostGuard(address, init.allowedHosts),
        token: undefined,
        logger,
        stopping: () => running === undefined
      })
      const closeRoutes = answerWrongMethods(api)
      api.get('/metrics', async (_request, reply) => {
        await beforeScrape?.()
        const text = await registry.metrics()
        return reply.type(registry.contentType).send(text)
      })
      closeRoutes()
      const url = await listen(api, address)
      running = { api, url }
      logger.info({ url: `${url}/metrics` }, 'metrics listen')
    },
    async stop() {
      const api = running?.api
      running = undefined
      await api?.close()
    }
  }
}

/** Present when Node's metrics are in the registry already: a registry takes them once, a server may start twice. */
const A_NODE_METRIC = 'process_cpu_user_seconds_total'
