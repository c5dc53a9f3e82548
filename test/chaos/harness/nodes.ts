import {
  type ChainConnector,
  createKey,
  localSigner,
  P2PModule,
  type PeerRecord,
  type SpApprovalInit,
  type SpOverview
} from '../../../src/index.js'
import { hostDoor } from '../../../src/module/host-door.js'
import { type MovableClock, movableClock } from '../../../src/testing/index.js'
import { type KeptBook, keptBook } from './books.js'
import { type ChainSpec, Chains, type NodeChain } from './chains.js'
import { dialsAs } from './faults.js'

export interface NodeSpec {
  /** How the worker's commands call it. */
  readonly id: string
  readonly operatorKey: Uint8Array
  readonly chain: ChainSpec
  readonly nodeKey?: Uint8Array
  /** `PEERID@HOST:PORT`. */
  readonly bootstrap?: readonly string[]
  readonly pins?: Readonly<Record<string, readonly string[]>>
  readonly pingPeriodMs?: number
  /** Port on 127.0.0.1; default: the system chooses. */
  readonly port?: number
  /** Folder of the peer book; default in memory. */
  readonly bookDir?: string
  readonly dht?: 'server' | 'client' | 'off'
  /** The worker's clock, which can be moved, in place of the machine's. */
  readonly movable?: boolean
}

export interface NodeInfo {
  readonly id: string
  readonly sp: string
  readonly peerId: string
  readonly addresses: readonly string[]
  readonly port: number
  /** `PEERID@HOST:PORT`. */
  readonly bootstrap: string
  /** How long `start()` took, ms. */
  readonly startMs: number
}

export interface RunningNode {
  readonly info: NodeInfo
  readonly module: P2PModule
  readonly chain: NodeChain
  readonly book: KeptBook | undefined
}

/** The period the project's own figures are taken with, where many nodes share two cores. */
const PING_PERIOD_MS = 15_000

/** The nodes of one worker. */
export class Nodes {
  readonly chains: Chains
  readonly clock: MovableClock = movableClock()
  readonly #running = new Map<string, RunningNode>()

  constructor() {
    this.chains = new Chains(this.clock)
  }

  get all(): readonly RunningNode[] {
    return [...this.#running.values()]
  }

  get(id: string): RunningNode {
    const node = this.#running.get(id)
    if (node === undefined) throw new RangeError(`expected a running node, got ${id}`)
    return node
  }

  async start(spec: NodeSpec): Promise<NodeInfo> {
    const signer = localSigner(spec.operatorKey)
    const chain = this.chains.of(spec.chain, signer, spec.movable === true)
    const book = spec.bookDir === undefined ? undefined : keptBook(spec.bookDir)
    const begun = performance.now()
    const module = await this.#open(spec, chain.connector, book)
    const startMs = performance.now() - begun
    const { peerId, addresses } = module.overview()
    const [address = ''] = addresses
    const port = Number(/\/tcp\/(\d+)/.exec(address)?.[1])
    if (peerId === undefined || Number.isNaN(port)) throw new Error(`${spec.id}: expected it to listen, got ${address}`)
    const info: NodeInfo = {
      id: spec.id,
      sp: signer.operatorAddress,
      peerId,
      addresses,
      port,
      bootstrap: `${peerId}@127.0.0.1:${port}`,
      startMs
    }
    this.#running.set(spec.id, { info, module, chain, book })
    return info
  }

  async #open(spec: NodeSpec, chain: ChainConnector, book: KeptBook | undefined): Promise<P2PModule> {
    const { operatorKey, nodeKey = createKey(), bootstrap = [], pins = {}, port = 0, dht = 'server' } = spec
    const signer = localSigner(operatorKey)
    const time = spec.movable === true ? { clock: this.clock } : {}
    // What `createP2PModule` opens, and a service that tells whose dials are whose.
    const door = hostDoor({
      nodeKey,
      listen: [`/ip4/127.0.0.1/tcp/${port}`],
      allowPrivate: true,
      dht,
      services: { dialsAs: dialsAs(spec.id) },
      ...time
    })
    const init: SpApprovalInit = {
      operatorAddress: signer.operatorAddress,
      signer,
      chain,
      bootstrap,
      pins,
      pingPeriodMs: spec.pingPeriodMs ?? PING_PERIOD_MS,
      allowPrivate: true,
      // An end that has to come soon, with dead peers around.
      drainMs: 2_000,
      ...(book && { book: book.store }),
      ...time
    }
    const module = new P2PModule(init, door)
    try {
      await module.start()
    } catch (error) {
      await module.stop()
      throw error
    }
    return module
  }

  async stop(id: string): Promise<void> {
    const { module } = this.get(id)
    this.#running.delete(id)
    await module.stop()
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.#running.keys()].map(id => this.stop(id)))
  }
}

/** How much of the SP list a node knows. */
export interface Coverage {
  readonly id: string
  readonly sp: string
  /** SPs on the list besides its own. */
  readonly listed: number
  /** SPs of which a node stands as verified and is well. */
  readonly verified: number
  /** SPs of which a node stands as claimed or verified and is well. */
  readonly claimed: number
  /** SPs with a connected node. */
  readonly reachable: number
  readonly missing: readonly string[]
}

export function coverageOf({ info, module }: RunningNode): Coverage {
  const sps = overviewOf(module).filter(({ self }) => !self)
  const verified = new Set<string>()
  const claimed = new Set<string>()
  for (const { sp, state } of module.peers()) {
    if (sp === undefined) continue
    if (state === 'verified') verified.add(sp)
    if (state === 'verified' || state === 'claimed') claimed.add(sp)
  }
  const missing = sps.map(({ operatorAddress }) => operatorAddress).filter(sp => !verified.has(sp))
  return {
    id: info.id,
    sp: info.sp,
    listed: sps.length,
    verified: sps.length - missing.length,
    claimed: sps.filter(({ operatorAddress }) => claimed.has(operatorAddress)).length,
    reachable: sps.filter(({ reachable }) => reachable).length,
    missing
  }
}

/** None while no list is trusted. */
function overviewOf(module: P2PModule): readonly SpOverview[] {
  try {
    return module.sps()
  } catch {
    return []
  }
}

/** What a record says, in what an IPC channel carries. */
export type PeerLine = Pick<
  PeerRecord,
  'peerId' | 'sp' | 'state' | 'standing' | 'proven' | 'tied' | 'connected' | 'failures' | 'source' | 'lastError'
>

export const peerLine = (record: PeerRecord): PeerLine => ({
  peerId: record.peerId,
  sp: record.sp,
  state: record.state,
  standing: record.standing,
  proven: record.proven,
  tied: record.tied,
  connected: record.connected,
  failures: record.failures,
  source: record.source,
  lastError: record.lastError
})
