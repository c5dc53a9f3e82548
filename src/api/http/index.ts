/**
 * HTTP surfaces of a node: the API (OpenAPI 3.1, problem+json, server-sent events) and the metrics for Prometheus.
 * Both are services of a `Lifecycle` and take any implementation of the module.
 *
 * ```ts
 * import { createHttpApi, createMetricsServer } from 'libp2p-sp-approval/http'
 *
 * lifecycle.registerServices(
 *   module,
 *   createHttpApi({ module, address: '127.0.0.1:9380', token }),
 *   createMetricsServer({ registry: module.metrics.registry, address: '127.0.0.1:24367' })
 * )
 * ```
 */
export type { Problem } from '../../kit/http/problem.js'
export type * from './answers.js'
export { MIN_TOKEN_CHARS } from './auth.js'
export type { LogControl } from './context.js'
export { createHttpApi, DEFAULT_ASK, type HttpApiInit } from './http-api.js'
export { createMetricsServer, type MetricsServerInit } from './metrics-server.js'
export { createProbeServer, type ProbeServerInit } from './probe-server.js'
export type { AskFigures } from './routes/ask-book.js'
export type { HttpApi } from './service.js'
