import {
  createKey,
  createP2PModule,
  localSigner,
  memoryStore,
  type ObjectInfo,
  operatorAddressOf,
  type P2PModule,
  type P2PModuleOptions,
  type ReplicatePieceApprovalTask,
  type SpAddress
} from '../index.js'
import { type MovableClock, movableClock } from './movable-clock.js'
import { type TestChain, testChain } from './test-chain.js'

export interface TestSp {
  readonly module: P2PModule
  readonly address: SpAddress
  /** The operator's private key, for forging. */
  readonly operatorKey: Uint8Array
  readonly nodeKey: Uint8Array
}

export interface TestNetworkOptions {
  /** Options of one SP over the defaults. */
  readonly options?: (index: number) => Partial<P2PModuleOptions>
  /** Whether the list names each SP's peer id (pinned) or none (open); default true. */
  readonly namePeers?: boolean
  readonly clock?: MovableClock
}

/** N SPs in one process: real hosts on loopback, memory stores, one movable clock, one chain in memory. */
export interface TestNetwork {
  readonly sps: readonly TestSp[]
  readonly modules: readonly P2PModule[]
  readonly clock: MovableClock
  readonly chain: TestChain
  /** A task that the first SP may ask for; every call names another object unless told. */
  task(object?: Partial<ObjectInfo>): ReplicatePieceApprovalTask
  stop(): Promise<void>
}

/**
 * @example
 * ```ts
 * const network = await createTestNetwork(4)
 * const { approvals } = await network.modules[0].handleReplicatePieceApproval(network.task(), { min: 2, max: 3, timeoutMs: 2_000 })
 * await network.stop()
 * ```
 */
export async function createTestNetwork(n: number, init: TestNetworkOptions = {}): Promise<TestNetwork> {
  const { namePeers = true, clock = movableClock(), options = () => ({}) } = init
  const chain = testChain()
  const operatorKeys = Array.from({ length: n }, () => createKey())
  for (const key of operatorKeys) {
    const operatorAddress = operatorAddressOf(key)
    chain.put({ operatorAddress, approvalAddress: '', endpoint: '', status: 'IN_SERVICE', nodes: [] })
  }

  const createSp = async (operatorKey: Uint8Array, index: number, bootstrap: readonly string[]): Promise<TestSp> => {
    const nodeKey = createKey()
    const signer = localSigner(operatorKey)
    const address = signer.operatorAddress
    const module = await createP2PModule({
      operatorAddress: address,
      signer,
      nodeKey,
      bootstrap,
      chain: chain.connector(address, { namePeers }),
      store: memoryStore(),
      listen: ['/ip4/127.0.0.1/tcp/0'],
      allowPrivate: true,
      // Everybody is named, or bootstraps from all.
      dht: 'off',
      clock,
      ...options(index)
    })
    return { module, address, operatorKey, nodeKey }
  }

  const sps: TestSp[] = []
  const stop = async (): Promise<void> => {
    await Promise.all(sps.map(({ module }) => module.stop()))
  }
  try {
    for (const [index, key] of operatorKeys.entries()) {
      // An open list names no addresses: every node bootstraps from those that started before it.
      const bootstrap = namePeers ? [] : sps.flatMap(({ module }) => module.handleQueryBootstrap())
      const sp = await createSp(key, index, [...new Set(bootstrap)])
      sps.push(sp)
      if (!namePeers) await sp.module.start()
    }
    if (namePeers) await Promise.all(sps.map(({ module }) => module.start()))
    await Promise.all(sps.map(({ module }) => module.waitForSps(n - 1)))
  } catch (error) {
    await stop()
    throw error
  }
  const modules = sps.map(({ module }) => module)
  let objects = 0
  return {
    sps,
    modules,
    clock,
    chain,
    task(object = {}) {
      const id = String(++objects)
      const [first] = modules
      if (first === undefined) throw new RangeError('expected a network of at least one SP')
      return first.createTask({ bucketName: 'test', objectName: `object-${id}`, id, payloadSize: 1n << 20n, ...object })
    },
    stop
  }
}
