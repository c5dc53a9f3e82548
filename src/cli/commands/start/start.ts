import type { Flags } from '../../../config/index.js'
import { configOf, type GlobalOptions, given } from '../../options.js'
import { checkToken } from '../../token-file.js'

export interface StartOptions extends GlobalOptions {
  readonly dataDir?: string
  readonly listen?: string[]
  readonly announce?: string[]
  readonly bootstrap?: string[]
  readonly allowPrivate?: boolean
  readonly logLevel?: string
  readonly http?: string
  readonly tokenFile?: string
  readonly metrics?: string
  readonly policy?: string
  readonly chain?: string
  readonly providers?: string
  readonly coordinator?: string
  readonly coordinatorKey?: string
  readonly network?: string
  readonly joinTokenFile?: string
}

/** Whatever is wrong with the configuration and its files is told before anything is made. */
export async function start(options: StartOptions): Promise<number> {
  const config = await configOf(options, flagsOf(options))
  const { checkFiles } = await import('../../../config/module-options.js')
  await checkFiles(config)
  await checkToken(config.settings.Api.TokenFile)
  const { runNode } = await import('./run-node.js')
  return runNode(config, options.json === true)
}

function flagsOf(options: StartOptions): Flags {
  return given({
    'P2P.DataPath': options.dataDir,
    'P2P.Listen': options.listen,
    'P2P.Announce': options.announce,
    'P2P.P2PBootstrap': options.bootstrap,
    'P2P.AllowPrivate': options.allowPrivate,
    'Log.Level': options.logLevel,
    'Api.HTTPAddress': options.http,
    'Api.TokenFile': options.tokenFile,
    'Monitor.MetricsHTTPAddress': options.metrics,
    'Policy.File': options.policy,
    'Chain.Mode': options.chain,
    'Chain.ProvidersFile': options.providers,
    'Chain.CoordinatorURL': options.coordinator,
    'Chain.CoordinatorPublicKey': options.coordinatorKey,
    'Chain.Network': options.network,
    'Chain.JoinTokenFile': options.joinTokenFile
  })
}
