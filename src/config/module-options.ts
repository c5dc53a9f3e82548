/** From a configuration to the options of the module: keys, store, chain connector and policy, by the public API. */
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import {
  type ApprovalPolicy,
  type ChainConnector,
  ConfigError,
  createKey,
  defaultPolicy,
  filePolicy,
  type Logger,
  levelStore,
  loadKey,
  loadOrCreateKey,
  localSigner,
  messageOf,
  operatorAddressOf,
  type P2PModuleOptions,
  parseKeyHex,
  type ResourceLimits,
  requireSpAddress
} from '../index.js'
import { parseHostPort } from '../kit/host-port.js'
import { toMultiaddr } from './addresses.js'
import { chainMode } from './chain-mode.js'
import { CHAIN_SOURCES } from './chain-sources.js'
import { checkFolders } from './check-folders.js'
import { listFaults } from './check-list.js'
import { place } from './checks.js'
import type { CoordinatorInit } from './coordinator.js'
import type { KeyPath } from './keys.js'
import type { EffectiveConfig } from './load.js'

export interface ModuleOptionsInit {
  readonly logger?: Logger
  /** Make the data folder and missing key files; default true. */
  readonly create?: boolean
}

/**
 * What `createP2PModule` takes, for this configuration.
 * @throws ConfigError, KeyFileError, InvalidArgumentError
 */
export async function moduleOptionsFrom(
  config: EffectiveConfig,
  init: ModuleOptionsInit = {}
): Promise<P2PModuleOptions> {
  const { Approval, Ask, Chain, Legacy, P2P, Parallel, Peers, Rcmgr } = config.settings
  const { create = true, logger } = init
  if (create) await makeDataFolder(config)
  const keys = await keysOf(config, { create })
  const signer = localSigner(keys.operator)
  const logged = logger === undefined ? {} : { logger }
  return {
    operatorAddress: keys.operatorAddress,
    signer,
    chain: await chainOf(config, { signer, stateFile: join(P2P.DataPath, 'chain.json'), ...logged }),
    store: levelStore({ dir: join(P2P.DataPath, 'approvals'), ...logged }),
    policy: policyOf(config, logged),
    legacyMode: Legacy.Mode,
    admitStrangers: P2P.AdmitStrangers,
    bootstrap: P2P.P2PBootstrap,
    minLifeBlocks: BigInt(Chain.MinLife),
    maxLifeBlocks: BigInt(Chain.MaxLife),
    lifeBlocks: BigInt(Approval.ReplicatePieceTimeoutHeight),
    queueCapacity: Parallel.AskReplicateApprovalParallelPerNode,
    pingPeriodMs: P2P.P2PPingPeriod * 1_000,
    allowPrivate: P2P.AllowPrivate,
    dht: P2P.Dht,
    hedgeAfterMs: Ask.HedgeAfter,
    peerLimits: {
      targetPerSp: Peers.TargetPerSp,
      keepPerSp: Peers.KeepPerSp,
      maxPerSp: Peers.MaxPerSp,
      zombieAfterFailures: Peers.ZombieAfterFailures
    },
    nodeKey: keys.node,
    listen: P2P.Listen.length > 0 ? P2P.Listen : [listenMultiaddr(P2P.P2PAddress)],
    announce: announced(config),
    dataDir: P2P.DataPath,
    ...(Rcmgr.DisableRcmgr && { resources: UNLIMITED }),
    ...logged
  }
}

export interface Keys {
  readonly node: Uint8Array
  readonly operator: Uint8Array
  readonly operatorAddress: string
}

/**
 * Reads what a start would read and makes nothing: key files that are there, policy, SP file or join token. Folders
 * that a start would make are looked for.
 * @returns why nothing could be asked or granted, though the node starts: one line for each fault of the SP list
 * @throws ConfigError, KeyFileError
 */
export async function checkFiles(config: EffectiveConfig): Promise<readonly string[]> {
  await checkFolders(config)
  const keys = haveKeys(config) ? await keysOf(config, { create: false }) : undefined
  // a key that a start would make stands for the missing one
  const chain = await chainOf(config, { signer: localSigner(keys?.operator ?? createKey()) })
  const policy = policyOf(config)
  try {
    await policy.start?.()
    const fault = policy.fault?.()
    if (fault !== undefined)
      throw new ConfigError(`${place(config, 'Policy.Command')}: expected a program that can be run, got ${fault}`)
    if (chainMode(config) !== 'static' || isDefaultAndMissing(config)) return []
    await chain.start()
    return listFaults(chain, keys).map(fault => `${place(config, 'Chain.ProvidersFile')}: ${fault}`)
  } finally {
    await Promise.all([policy.stop?.(), chain.stop()])
  }
}

/** Both keys are there, inline or as a file. */
export const haveKeys = ({ settings: { P2P, SpAccount } }: EffectiveConfig): boolean =>
  (P2P.P2PPrivateKey !== '' || existsSync(P2P.P2PPrivateKeyFile)) &&
  (SpAccount.OperatorPrivateKey !== '' || existsSync(SpAccount.OperatorPrivateKeyFile))

/** No SP file was named and none lies at the default place: a start makes one that lists this SP alone. */
export const isDefaultAndMissing = (config: EffectiveConfig): boolean =>
  config.sourceOf('Chain.ProvidersFile').from === 'default' && !existsSync(config.settings.Chain.ProvidersFile)

/**
 * Both keys: inline before file. The operator's must belong to `SpOperatorAddress` where that is set.
 * @throws ConfigError, KeyFileError
 */
export async function keysOf(config: EffectiveConfig, options: { readonly create: boolean }): Promise<Keys> {
  const { P2P, SpAccount } = config.settings
  const fromFile = options.create ? loadOrCreateKey : loadKey
  const read = (inline: string, what: string, file: string): Promise<Uint8Array> | Uint8Array =>
    inline === '' ? fromFile(file) : parseInline(inline, what)
  const node = await read(P2P.P2PPrivateKey, '[P2P] P2PPrivateKey', P2P.P2PPrivateKeyFile)
  const operator = await read(
    SpAccount.OperatorPrivateKey,
    '[SpAccount] OperatorPrivateKey',
    SpAccount.OperatorPrivateKeyFile
  )
  const operatorAddress = operatorAddressOf(operator)
  const wanted = SpAccount.SpOperatorAddress
  if (wanted !== '' && requireSpAddress('[SpAccount] SpOperatorAddress', wanted) !== operatorAddress) {
    throw new ConfigError(
      `${config.shownFile || 'configuration'}: [SpAccount] SpOperatorAddress: expected the address of the operator key, ${operatorAddress}, got ${wanted}`
    )
  }
  return { node, operator, operatorAddress }
}

function parseInline(inline: string, what: string): Uint8Array {
  try {
    return parseKeyHex(inline)
  } catch (cause) {
    throw new ConfigError(`${what}: ${messageOf(cause)}`, { cause })
  }
}

/** @throws ConfigError in one line */
async function makeDataFolder(config: EffectiveConfig): Promise<void> {
  const { DataPath } = config.settings.P2P
  try {
    await mkdir(DataPath, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw new ConfigError(`[P2P] DataPath: expected a folder that can be made, ${DataPath}, got ${messageOf(cause)}`, {
      cause
    })
  }
}

/** @throws ConfigError */
function chainOf(config: EffectiveConfig, init: CoordinatorInit): Promise<ChainConnector> {
  const mode = chainMode(config)
  const source = CHAIN_SOURCES[mode]
  if (source === undefined) throw new ConfigError(`[Chain] Mode: '${mode}' is not yet in this version`)
  return source.create(config, init)
}

/** The default file may be missing, one that was named may not. */
function policyOf(config: EffectiveConfig, logged: { readonly logger?: Logger } = {}): ApprovalPolicy {
  const { Command, CommandTimeout, File } = config.settings.Policy
  const named = config.sourceOf('Policy.File').from !== 'default' || Command !== ''
  if (!named && !existsSync(File)) return defaultPolicy()
  return filePolicy({
    file: File,
    // As every path of the configuration: from the folder of the file that names it.
    ...(Command !== '' && { command: Command, commandFolder: folderOf(config, 'Policy.Command') }),
    commandTimeoutMs: CommandTimeout,
    ...logged
  })
}

function folderOf({ file, sourceOf }: EffectiveConfig, path: KeyPath): string {
  return file !== undefined && sourceOf(path).from === 'file' ? dirname(file) : process.cwd()
}

function listenMultiaddr(address: string): string {
  const { host, port } = parseHostPort(address) ?? { host: '0.0.0.0', port: 0 }
  return toMultiaddr({ host: host === 'localhost' ? '127.0.0.1' : host, port })
}

function announced(config: EffectiveConfig): readonly string[] {
  const { Announce, P2PAntAddress } = config.settings.P2P
  if (Announce.length > 0) return Announce
  const address = parseHostPort(P2PAntAddress)
  return address === undefined ? [] : [toMultiaddr(address)]
}

const NO_LIMIT = Number.MAX_SAFE_INTEGER
const UNLIMITED: ResourceLimits = {
  memory: NO_LIMIT,
  tasks: NO_LIMIT,
  tasksHigh: NO_LIMIT,
  tasksMedium: NO_LIMIT,
  tasksLow: NO_LIMIT,
  connsInbound: NO_LIMIT,
  connsOutbound: NO_LIMIT,
  conns: NO_LIMIT,
  fds: NO_LIMIT
}
