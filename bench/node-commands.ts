import { subscribe } from 'node:diagnostics_channel'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { ApprovalPolicy, ApprovalStore, P2PModule, SpEntry } from '../src/index.js'
import type { TestChain } from '../src/testing/index.js'
import type { Doors } from './arms.js'

/** Rare enough that the pings of a full field of 64 nodes take a few percent of a core. */
const PING_PERIOD_MS = 60_000
const ASK_TIMEOUT_MS = 20_000
const PAYLOAD_BYTES = 1n << 24n

/** What a process shows of itself since it was last looked at. */
export interface Observation {
  /** Connected nodes of each SP of the process. */
  readonly connected: readonly number[]
  /** Sockets that the process has opened or accepted so far. */
  readonly sockets: number
  /** Share of the time in which the event loop worked. */
  readonly utilization: number
  /** Longest time in which the event loop did not turn. */
  readonly maxDelayMs: number
}

export interface NodeSpec {
  /** Folder of the approval store; default in memory. */
  readonly storeDir?: string
  /** Grants without limits and rates, which a bench of grants would run into. */
  readonly unlimited?: boolean
}

interface RunningSp {
  readonly module: P2PModule
  readonly chain: TestChain
}

/** SPs in one process, each with an SP list of its own. */
export function createNodeCommands({ api, testing }: Doors) {
  const sps: RunningSp[] = []
  let objects = 0
  const observe = observer(sps)

  const at = (index: number): RunningSp => {
    const sp = sps[index]
    if (sp === undefined) throw new RangeError(`expected one of ${sps.length} SPs, got ${index}`)
    return sp
  }
  const timeAsk = async ({ module }: RunningSp, approvals: number): Promise<number> => {
    const id = String(++objects)
    const task = module.createTask({ bucketName: 'bench', objectName: `object-${id}`, id, payloadSize: PAYLOAD_BYTES })
    const begun = performance.now()
    await module.handleReplicatePieceApproval(task, { min: approvals, max: approvals, timeoutMs: ASK_TIMEOUT_MS })
    return performance.now() - begun
  }

  return {
    async start(count: number, spec: NodeSpec = {}): Promise<SpEntry[]> {
      const entries: SpEntry[] = []
      for (let i = 0; i < count; i++) {
        const chain = testing.testChain()
        const signer = api.localSigner(api.createKey())
        const { operatorAddress } = signer
        const module = await api.createP2PModule({
          operatorAddress,
          signer,
          chain: chain.connector(operatorAddress, { namePeers: false }),
          store: storeOf(api, spec),
          ...(spec.unlimited === true && { policy: unlimitedPolicy(api) }),
          listen: ['/ip4/127.0.0.1/tcp/0'],
          allowPrivate: true,
          pingPeriodMs: PING_PERIOD_MS
        })
        await module.start()
        const { peerId, addresses } = module.overview()
        if (peerId === undefined) throw new Error('expected a started module')
        sps.push({ module, chain })
        const nodes = [{ peerId, addresses }]
        entries.push({ operatorAddress, approvalAddress: '', endpoint: '', status: 'IN_SERVICE', nodes })
      }
      return entries
    },
    /** Puts SPs on the list of the SP at `index`. */
    list(index: number, entries: readonly SpEntry[]): void {
      for (const entry of entries) at(index).chain.put(entry)
    },
    observe,
    /** The SPs at `indexes` ask in turn, each for another object; ms of each ask. */
    async ask(indexes: readonly number[], approvals: number, times: number): Promise<number[][]> {
      const samples: number[][] = indexes.map(() => [])
      for (let i = 0; i < times; i++) {
        for (const [place, index] of indexes.entries()) samples[place]?.push(await timeAsk(at(index), approvals))
      }
      return samples
    },
    liveGrants: (): number => at(0).module.overview().liveGrants,
    /** CPU time of all threads of the process so far. */
    cpuMs(): number {
      const { user, system } = process.cpuUsage()
      return (user + system) / 1_000
    },
    async stop(): Promise<void> {
      await Promise.all(sps.map(({ module }) => module.stop()))
    }
  }
}

const storeOf = (api: Doors['api'], { storeDir }: NodeSpec): ApprovalStore =>
  storeDir === undefined ? api.memoryStore() : api.levelStore({ dir: storeDir })

function unlimitedPolicy(api: Doors['api']): ApprovalPolicy {
  const policy = api.defaultPolicy()
  const many = Number.POSITIVE_INFINITY
  return {
    decide: (...facts) => policy.decide(...facts),
    limits: () => ({ ...policy.limits(), capacityBytes: 1n << 60n, perAskerGrants: many, totalGrants: many }),
    rates: () => ({ perSp: many, perOpenSp: many, total: many }),
    describe: () => policy.describe()
  }
}

function observer(sps: readonly RunningSp[]): () => Observation {
  let sockets = 0
  for (const channel of ['net.client.socket', 'net.server.socket']) subscribe(channel, () => sockets++)
  const delay = monitorEventLoopDelay({ resolution: 5 })
  delay.enable()
  let since = performance.eventLoopUtilization()
  return () => {
    const { utilization } = performance.eventLoopUtilization(since)
    since = performance.eventLoopUtilization()
    const maxDelayMs = delay.max / 1e6
    delay.reset()
    const connected = sps.map(({ module }) => module.peers().filter(peer => peer.connected).length)
    return { connected, sockets, utilization, maxDelayMs }
  }
}
