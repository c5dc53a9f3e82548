/**
 * A small HTTP service for networks without a chain: it keeps the list of SPs and counts heights. SPs join with a
 * signature of their operator key and hold a lease; what it serves is signed by its own key, which clients pin. No ask
 * passes through it: while it is down, SPs go on with the last list up to its age limit. docs/COORDINATOR.md has the
 * protocol.
 *
 * @example
 * const coordinator = createCoordinator({ network: 'local', dataDir: './coordinator', key, allow: [operatorAddress] })
 * const { url } = await coordinator.start()
 * const chain = coordinatorChain({ url, publicKey: coordinator.publicKey, network: 'local', operatorAddress, sign })
 */
import type { SpAddress } from '../domain/brands.js'
import type { SpEntry, SpStatus } from '../domain/registry.js'
import type { Secp256k1Backend } from '../identity/index.js'
import type { Clock } from '../kit/clock.js'
import type { Logger } from '../logger.js'
import { CoordinatorService } from './service.js'

export interface CoordinatorOptions {
  /** `HOST:PORT`, `[IPv6]:PORT`; default `127.0.0.1:0`. Port 0: the system chooses. */
  readonly listen?: string
  /** Name of the network, 1 to 64 characters `a-z0-9._-`. */
  readonly network: string
  /** Folder of `coordinator.json`; made where there is none. One coordinator at a time. */
  readonly dataDir: string
  /** Raw secp256k1 private key, 32 bytes: signs what is served. */
  readonly key: Uint8Array
  /** Operator addresses that may join. */
  readonly allow?: readonly string[]
  /** Tokens (≥ 16 characters) that admit an SP. */
  readonly joinTokens?: readonly string[]
  /** Anyone may join. For trials only. */
  readonly open?: boolean
  /** Bearer token (≥ 16 characters) of the operator's commands; without one they are off. */
  readonly adminToken?: string
  /** Default 2,000. Kept in the data folder: another one there is an error. */
  readonly blockTimeMs?: number
  /** Unix milliseconds of height 0; default: the first start. Kept in the data folder. */
  readonly genesis?: number
  /** How long an SP counts as reachable after a join; default 60,000. */
  readonly leaseMs?: number
  readonly logger?: Logger
  readonly clock?: Clock
  readonly backend?: Secp256k1Backend
}

export interface Coordinator {
  readonly name: 'coordinator'
  /** Compressed public key, 66 hex digits: what clients pin. */
  readonly publicKey: string
  /** @throws ConfigError | StoreError `corrupt` | UnreachableError when it cannot listen */
  start(): Promise<{ readonly url: string }>
  stop(): Promise<void>
  /** The list as it is served. */
  entries(): readonly SpEntry[]
  /** @throws NotFoundError */
  setStatus(sp: SpAddress, status: SpStatus): Promise<void>
  /** Takes an SP off the list for good, until {@link restore}. @throws NotFoundError */
  remove(sp: SpAddress): Promise<void>
  /** Lets a removed SP join again. @throws NotFoundError */
  restore(sp: SpAddress): Promise<void>
}

/** @throws InvalidArgumentError | ConfigError when nobody could join */
export const createCoordinator = (options: CoordinatorOptions): Coordinator => new CoordinatorService(options)
