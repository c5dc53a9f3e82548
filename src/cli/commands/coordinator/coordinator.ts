import { join } from 'node:path'
import { flagsOf, loadConfig, readSecretFile } from '../../../config/index.js'
import { createCoordinator } from '../../../coordinator/index.js'
import {
  createKey,
  createLifecycle,
  loadOrCreateKey,
  messageOf,
  parseSpAddress,
  UnreachableError,
  VERSION
} from '../../../index.js'
import { componentLogger } from '../../../logger.js'
import { UsageError } from '../../shell/fail.js'
import { onHangup } from '../../shell/hangup.js'
import { createLog, type DaemonLog } from '../../shell/log.js'
import type { GlobalOptions } from '../../shell/options.js'
import { outliveOutput, print, printJson, printPairs } from '../../shell/output.js'
import { durationOption } from '../../shell/parse.js'
import { loadOrCreateToken } from '../../shell/token-file.js'

export interface CoordinatorOptions extends GlobalOptions {
  readonly listen: string
  readonly dataDir: string
  readonly network: string
  readonly allow?: string[]
  readonly joinTokenFile?: string
  readonly open?: boolean
  readonly blockTime?: string
  readonly logLevel?: string
}

/** Runs a coordinator until a signal. It reads no configuration file: its flags are all it needs. */
export async function coordinator(options: CoordinatorOptions): Promise<number> {
  const log = createLog(loadConfig({ flags: flagsOf({ logLevel: options.logLevel }) }))
  try {
    return await serve(options, log.logger)
  } finally {
    await log.close()
  }
}

async function serve(options: CoordinatorOptions, logger: DaemonLog['logger']): Promise<number> {
  const { dataDir, network, listen, allow, joinTokenFile, open, blockTime } = options
  const joinTokens = joinTokenFile === undefined ? [] : [readSecretFile(joinTokenFile, 'a join token')]
  const blockTimeMs = blockTime === undefined ? undefined : durationOption('--block-time', blockTime)
  const settings = {
    listen,
    network,
    dataDir,
    joinTokens,
    logger,
    ...(allow !== undefined && { allow }),
    ...(open !== undefined && { open }),
    ...(blockTimeMs !== undefined && { blockTimeMs })
  }
  for (const address of allow ?? []) {
    if (parseSpAddress(address) === undefined)
      throw new UsageError(`--allow: expected an address of 0x and 40 hex digits, got ${JSON.stringify(address)}`)
  }
  // wrong settings are refused before its key is made
  createCoordinator({ ...settings, key: createKey() })
  const service = createCoordinator({
    ...settings,
    key: await loadOrCreateKey(join(dataDir, 'coordinator.key')),
    adminToken: await loadOrCreateToken(join(dataDir, 'admin.token'))
  })
  let url = ''
  const lifecycle = createLifecycle({ logger }).registerServices({
    name: 'coordinator',
    start: async () => {
      url = (await service.start()).url
    },
    stop: () => service.stop()
  })
  lifecycle.signals('SIGINT', 'SIGTERM')
  const hangup = onHangup(logger)
  await lifecycle.startServices()
  const { publicKey } = service
  const log = componentLogger(logger, 'cli/commands/coordinator/coordinator')
  log.info({ version: VERSION, url, publicKey, network, pid: process.pid }, 'ready')
  outliveOutput()
  if (options.json === true) printJson({ event: 'ready', url, publicKey, network, pid: process.pid })
  else {
    printPairs([
      ['coordinator', url],
      ['public key', publicKey],
      ['network', network],
      [
        'may join',
        open === true
          ? 'everybody (--open)'
          : [...(allow ?? []), ...joinTokens.map(() => 'whoever has the join token')].join(', ')
      ]
    ])
    const more = [
      ...(joinTokenFile === undefined ? [] : [`--join-token-file ${joinTokenFile}`]),
      // only reachable from this machine
      ...(/^http:\/\/(127\.|\[::1\])/.test(url) ? ['--allow-private'] : [])
    ]
    print(
      `SPs start with: ${['sp-approval start', `--coordinator ${url}`, `--coordinator-key ${publicKey}`, `--network ${network}`, ...more].join(' ')}`
    )
  }
  const end = await lifecycle.wait()
  hangup.off()
  log.info({ version: VERSION, url, publicKey, network, because: end.reason, pid: process.pid }, 'stopped')
  if (end.reason === 'failed') throw new UnreachableError(`coordinator: ${messageOf(end.error)}`, { cause: end.error })
  if (end.drainAbandoned === true) process.exit(130)
  return 0
}
