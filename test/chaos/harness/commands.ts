import { requireSpAddress, type SpEntry } from '../../../src/index.js'
import { AskLoop, type AskOutcome, type AskPlan, askOnce } from './asking.js'
import { fillBook, readBook } from './books.js'
import { type Census, takeCensus, watchListeners } from './census.js'
import { cutOff, type DialRecord, dialsSoFar, rejoin, slowDown, takeDials, watchDials } from './faults.js'
import {
  type Coverage,
  coverageOf,
  type NodeInfo,
  type NodeSpec,
  Nodes,
  type PeerLine,
  peerLine,
  type RunningNode
} from './nodes.js'

/** Nothing that came of a dial is still under way after so long. */
const DIAL_MS = 12_000
const FINE_STEP_MS = 100
const LEAP_MS = 4_000
/** Real time in which what came due can reach another process and come back. */
const FINE_SETTLE_MS = 2
const LEAP_SETTLE_MS = 8

/** How long a change is sent again to a coordinator that does not answer. */
const INSIST_MS = 60_000

/** What a worker can be told; every value passes an IPC channel. */
export type Commands = ReturnType<typeof createCommands>

export function createCommands() {
  const nodes = new Nodes()
  const loops = new Map<string, AskLoop>()
  /** Stopped, and still on the list. */
  const dead: RunningNode[] = []

  return {
    /** One after another: hosts that start at once only wait for each other. */
    async start(specs: readonly NodeSpec[]): Promise<NodeInfo[]> {
      const started: NodeInfo[] = []
      for (const spec of specs) started.push(await nodes.start(spec))
      return started
    },
    /** @param forgetLater their coordinator hears of it with the next `forgetDead` only */
    async stop(ids: readonly string[], { forgetLater = false } = {}): Promise<void> {
      if (forgetLater) dead.push(...ids.map(id => nodes.get(id)))
      await Promise.all(ids.map(id => nodes.stop(id)))
    },
    async forgetDead(): Promise<void> {
      for (const { chain, info } of dead.splice(0)) await insistently(() => chain.leave(info.peerId))
    },
    /** Stops nodes and has the coordinator take them off the list. */
    async leave(ids: readonly string[]): Promise<void> {
      for (const id of ids) {
        const { chain, info } = nodes.get(id)
        await insistently(() => chain.leave(info.peerId))
        await nodes.stop(id)
      }
    },
    stopAll: (): Promise<void> => nodes.stopAll(),
    /** SPs of the chain in memory. */
    putEntries: (entries: readonly SpEntry[]): void => nodes.chains.put(entries),
    dropEntries: (): void => nodes.chains.drop(),

    coverage: (): Coverage[] => nodes.all.map(coverageOf),
    /** Has a node dial these now: on a busy machine it dials those it can do without ten seconds later. */
    async dialNow(id: string, peerIds: readonly string[]): Promise<void> {
      await Promise.allSettled(peerIds.map(peerId => nodes.get(id).module.pingPeer(peerId)))
    },
    peers: (id: string): PeerLine[] => nodes.get(id).module.peers().map(peerLine),
    /** Operator addresses of the SPs with a connected node. */
    reachable: (id: string): string[] =>
      nodes
        .get(id)
        .module.sps()
        .filter(sp => !sp.self && sp.reachable)
        .map(sp => sp.operatorAddress),
    waitForSps: (id: string, min: number, timeoutMs: number): Promise<number> =>
      nodes.get(id).module.waitForSps(min, { signal: AbortSignal.timeout(timeoutMs) }),
    /** Sum of a metric's values, by the value of one label where that is given. */
    async metric(id: string, name: string, label?: string): Promise<Readonly<Record<string, number>>> {
      const metric = nodes.get(id).module.metrics.registry.getSingleMetric(`sp_approval_${name}`)
      const { values = [] } = (await metric?.get()) ?? {}
      const sums: Record<string, number> = {}
      for (const { labels, value } of values) {
        const key = label === undefined ? 'all' : String(labels[label])
        sums[key] = (sums[key] ?? 0) + value
      }
      return sums
    },
    /** Live promises given to an SP. */
    grants: async (id: string, asker: string): Promise<number> =>
      (await nodes.get(id).module.grants({ asker: requireSpAddress('asker', asker), state: 'live' })).length,
    /** Peer ids that were put on disk while the node ran. */
    written: (id: string): string[] => [...(nodes.get(id).book?.written ?? [])],

    /** A peer book on disk that no node has open. */
    readBook,
    fillBook,

    /** Time from the call until enough SPs are reachable, and what the first ask took then. */
    async startAndAsk(spec: NodeSpec, plan: AskPlan) {
      const begun = performance.now()
      await nodes.start(spec)
      const { module } = nodes.get(spec.id)
      await module.waitForSps(plan.min, { signal: AbortSignal.timeout(60_000) }).catch((cause: unknown) => {
        const { reachable, claimed, verified } = coverageOf(nodes.get(spec.id))
        const seen = `${reachable} connected, ${claimed} claimed, ${verified} verified`
        throw new Error(`${spec.id}: expected ${plan.min} SPs within 60 s, got ${seen}`, { cause })
      })
      const readyMs = performance.now() - begun
      const { ms: askMs, error } = await askOnce(module, plan)
      return { readyMs, askMs, error }
    },
    ask: (id: string, plan: AskPlan): Promise<AskOutcome> => askOnce(nodes.get(id).module, plan),
    /**
     * Several nodes ask in turn, so that each meets the same machine; outcomes by node. Each waits for the pause: right after
     * another's ask the answers that this one no longer needs are still on their way.
     */
    async askInTurn(ids: readonly string[], plan: AskPlan, rounds: number, pauseMs: number): Promise<AskOutcome[][]> {
      const outcomes: AskOutcome[][] = ids.map(() => [])
      for (let round = 0; round < rounds; round++) {
        for (const [index, id] of ids.entries()) {
          outcomes[index]?.push(await askOnce(nodes.get(id).module, plan))
          await new Promise(resolve => setTimeout(resolve, pauseMs))
        }
      }
      return outcomes
    },
    startAsking(id: string, plan: AskPlan, everyMs: number): void {
      loops.set(id, new AskLoop(nodes.get(id).module, plan, everyMs))
    },
    async endAsking(id: string): Promise<readonly AskOutcome[]> {
      const loop = loops.get(id)
      loops.delete(id)
      return (await loop?.end()) ?? []
    },

    /** Dials are told in the time of the worker's own clock. */
    watchDials: (): void => watchDials(() => nodes.clock.now()),
    takeDials: (): DialRecord[] => takeDials(),
    cutOff,
    rejoin,
    slowDown,
    now: (): number => nodes.clock.now(),
    advance: (ms: number): void => nodes.clock.advance(ms),
    /**
     * Moves the clock with real time in between for what sockets have to do. In small steps while a dial may be under way,
     * since a clock that leaps looks like a process too busy to hear anybody; in leaps where nothing is.
     */
    async march(ms: number, { fineMs = 0 } = {}): Promise<void> {
      const { clock } = nodes
      const until = clock.now() + ms
      let fineUntil = clock.now() + fineMs
      let seen = dialsSoFar()
      while (clock.now() < until) {
        if (dialsSoFar() !== seen) fineUntil = clock.now() + DIAL_MS
        seen = dialsSoFar()
        const fine = clock.now() < fineUntil
        clock.advance(fine ? FINE_STEP_MS : LEAP_MS)
        await new Promise(resolve => setTimeout(resolve, fine ? FINE_SETTLE_MS : LEAP_SETTLE_MS))
      }
    },

    watchListeners,
    census: (): Promise<Census> => takeCensus(),
    /** CPU of this process so far, ms. */
    cpuMs(): number {
      const { user, system } = process.cpuUsage()
      return (user + system) / 1_000
    }
  }
}

/** A coordinator on a busy machine may take longer than a client waits: an operator would try again, for a minute. */
async function insistently(act: () => Promise<void>): Promise<void> {
  const begun = performance.now()
  for (;;) {
    try {
      return await act()
    } catch (error) {
      if (performance.now() - begun > INSIST_MS) throw error
    }
  }
}
