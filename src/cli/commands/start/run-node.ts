import { rm, writeFile } from 'node:fs/promises'
import { createHttpApi, createMetricsServer, createProbeServer } from '../../../api/http/index.js'
import { chainMode, chainPlace, type EffectiveConfig, maskedConfig, networkOf } from '../../../config/index.js'
import { isDefaultAndMissing, moduleOptionsFrom } from '../../../config/module-options.js'
import {
  createLifecycle,
  createP2PModule,
  type Lifecycle,
  type Logger,
  type P2PModuleOptions,
  peerIdOf,
  type Service
} from '../../../index.js'
import { componentLogger } from '../../../logger.js'
import { urlFile } from '../../shell/client.js'
import { onHangup } from '../../shell/hangup.js'
import { createLog, type DaemonLog } from '../../shell/log.js'
import { outliveOutput } from '../../shell/output.js'
import { ownProvidersFile } from '../../shell/providers-file.js'
import { loadOrCreateToken } from '../../shell/token-file.js'
import { printReady, printStarted, whenReady } from './ready.js'

/** Longer than the module's own bound for running asks, so that a request that waits for one gets its result. */
const API_DRAIN_MS = 9_000

/** One node: module, HTTP API, metrics and probes, from the configuration to the last signal. */
export async function runNode(config: EffectiveConfig, json: boolean): Promise<number> {
  const log = createLog(config)
  try {
    return await serve(config, log.logger, json)
  } finally {
    await log.close()
  }
}

async function serve(config: EffectiveConfig, logger: DaemonLog['logger'], json: boolean): Promise<number> {
  const { Api, Ask, Monitor } = config.settings
  const log = componentLogger(logger, 'cli/commands/start/run-node')
  for (const warning of config.warnings) log.warn({}, warning)
  for (const notice of config.notices) log.info({}, notice)

  const moduleOptions = await moduleOptionsFrom(config, { logger })
  if (chainMode(config) === 'static' && isDefaultAndMissing(config)) {
    await makeProvidersFile(config, moduleOptions)
    log.warn({ file: config.settings.Chain.ProvidersFile }, 'made an SP file that lists this SP alone: add the others')
  }
  const token = await loadOrCreateToken(Api.TokenFile)
  const module = await createP2PModule(moduleOptions)
  const api = createHttpApi({
    module,
    address: Api.HTTPAddress,
    token,
    allowedHosts: Api.AllowedHosts,
    minSps: Ask.Min,
    askDefaults: { min: Ask.Min, max: Ask.Max, timeoutMs: Ask.Timeout },
    config: () => maskedConfig(config),
    drainMs: API_DRAIN_MS,
    log: logger,
    logger
  })
  const metrics = Monitor.DisableMetrics
    ? undefined
    : createMetricsServer({ registry: module.metrics.registry, address: Monitor.MetricsHTTPAddress, logger })
  const probe =
    Monitor.DisableProbe || Monitor.ProbeHTTPAddress === ''
      ? undefined
      : createProbeServer({ module, address: Monitor.ProbeHTTPAddress, minSps: Ask.Min, logger })

  let started = false
  const lifecycle = createLifecycle({ logger: errorsWhen(logger, () => started) }).registerServices(
    module,
    stoppedWith(module, api),
    ...(metrics === undefined ? [] : [metrics]),
    ...(probe === undefined ? [] : [probe]),
    urlFileService(config, () => api.url)
  )
  lifecycle.signals('SIGINT', 'SIGTERM')
  const hangup = onHangup(logger, () => module.reload())
  if (!(await startedUnlessInterrupted(lifecycle))) return 0
  started = true
  const { version, peerId, operatorAddress, addresses } = module.overview()
  const identity = { version, peerId, operatorAddress, addresses, pid: process.pid }
  log.info({ ...identity, httpUrl: api.url }, 'started')
  outliveOutput()
  printStarted(
    {
      ...module.overview(),
      httpUrl: api.url,
      metricsUrl: metrics === undefined ? undefined : `${metrics.url}/metrics`,
      probeUrl: probe?.url,
      file: config.shownFile,
      chain: chainPlace(config),
      min: Ask.Min
    },
    json
  )
  const ended = new AbortController()
  whenReady(module, Ask.Min, ended.signal).then(
    reachable => {
      log.info({ ...identity, reachable, min: Ask.Min }, 'ready')
      printReady(reachable, Ask.Min, json)
    },
    () => undefined // it ended first
  )
  const end = await lifecycle.wait()
  hangup.off()
  log.info({ ...identity, because: end.reason }, 'stopped')
  ended.abort()
  if (end.reason === 'failed') throw end.error
  // a second signal abandons the drain: exit at once
  if (end.drainAbandoned === true) process.exit(130)
  return 0
}

/**
 * API and module stop at the same time: neither takes new work, running asks are drained once instead of once for each,
 * and requests that wait for an ask still get its result.
 */
const stoppedWith = (module: Service, api: Service): Service => ({
  name: api.name,
  start: () => api.start(),
  async stop() {
    // The lifecycle also stops the module: it joins this stop and reports its errors.
    await Promise.all([api.stop(), module.stop().catch(() => undefined)])
  }
})

/** `fail` reports a service that does not start in one line; the log does not repeat it. */
const errorsWhen = (logger: Logger, open: () => boolean): Logger => ({
  debug: (fields, message) => logger.debug(fields, message),
  info: (fields, message) => logger.info(fields, message),
  warn: (fields, message) => logger.warn(fields, message),
  error: (fields, message) => (open() ? logger.error(fields, message) : logger.debug(fields, message))
})

/** `false`: a signal came first. @throws LifecycleError */
async function startedUnlessInterrupted(lifecycle: Lifecycle): Promise<boolean> {
  try {
    await lifecycle.startServices()
    return true
  } catch (error) {
    if ((await lifecycle.wait()).reason === 'signal') return false
    throw error
  }
}

async function makeProvidersFile(config: EffectiveConfig, module: P2PModuleOptions): Promise<void> {
  const { nodeKey, operatorAddress } = module
  if (nodeKey === undefined) return
  const addresses = (module.announce ?? []).filter(address => !address.endsWith('/tcp/0'))
  const text = ownProvidersFile({ operatorAddress, peerId: peerIdOf(nodeKey), addresses, network: networkOf(config) })
  await writeFile(config.settings.Chain.ProvidersFile, text, { mode: 0o600, flag: 'wx' })
}

/** Writes the URL of the running daemon into its data folder, so that commands find it when the port is 0. */
function urlFileService(config: EffectiveConfig, url: () => string): Service {
  const file = urlFile(config)
  return {
    name: 'url-file',
    start: () => writeFile(file, `${url()}\n`, { mode: 0o600 }),
    stop: () => rm(file, { force: true })
  }
}
