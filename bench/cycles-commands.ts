import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { P2PModule } from '../src/index.js'
import type { Doors } from './arms.js'

/** Caches of V8 and of the libraries are full by then. */
const WARM_UP = 20

export interface Leftovers {
  /** Heap in use after a collection. */
  readonly heapBytes: number
  /** Sockets, timers, servers and requests that keep a process alive, by kind. */
  readonly resources: Readonly<Record<string, number>>
  /** Listeners on what modules share: the process and the chain. */
  readonly listeners: number
}

export function createCyclesCommands(doors: Doors) {
  return {
    /** Starts and stops two modules; in the warm-up one asks the other in between. */
    async cycle(count: number): Promise<CycleCosts> {
      const pair = await restartingPair(doors)
      try {
        let unanswered = 0
        for (let i = 0; i < WARM_UP; i++) if (!(await pair.cycle())) unanswered++
        const before = await pair.leftovers()
        // Without asks, whose records are kept on purpose.
        for (let i = 0; i < count; i++) await pair.cycle({ ask: false })
        const after = await pair.leftovers()
        return {
          heapKib: (after.heapBytes - before.heapBytes) / 1_024 / count,
          resources: total(after.resources) - total(before.resources),
          listeners: after.listeners - before.listeners,
          unanswered
        }
      } finally {
        await pair.close()
      }
    }
  }
}

/** What cycles left behind. */
export interface CycleCosts {
  /** Per cycle. */
  readonly heapKib: number
  readonly resources: number
  readonly listeners: number
  /** Asks right after a start that were not answered within a second. */
  readonly unanswered: number
}

const total = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((a, b) => a + b, 0)

export interface RestartingPair {
  /** Both start, one asks the other, both stop. Whether the ask was answered within a second. */
  cycle(options?: { readonly ask?: boolean }): Promise<boolean>
  leftovers(): Promise<Leftovers>
  close(): Promise<void>
}

/** Two modules on disk that share a chain, and are started and stopped again and again. */
export async function restartingPair({ api, testing }: Doors): Promise<RestartingPair> {
  const dir = await mkdtemp(join(tmpdir(), 'cycles-'))
  const chain = testing.testChain()
  let chainListeners = 0
  const modules: P2PModule[] = []
  for (const name of ['a', 'b']) {
    const signer = api.localSigner(api.createKey())
    const { operatorAddress } = signer
    chain.put({ operatorAddress, approvalAddress: '', endpoint: '', status: 'IN_SERVICE', nodes: [] })
    const connector = chain.connector(operatorAddress, { namePeers: true })
    const { onChange } = connector.registry
    connector.registry.onChange = listener => {
      const stop = onChange(listener)
      chainListeners++
      return () => {
        chainListeners--
        stop()
      }
    }
    const store = api.levelStore({ dir: join(dir, name) })
    const listen = ['/ip4/127.0.0.1/tcp/0']
    modules.push(
      await api.createP2PModule({ operatorAddress, signer, chain: connector, store, listen, allowPrivate: true })
    )
  }
  const [asker] = modules as [P2PModule]
  let objects = 0
  return {
    async cycle({ ask: asking = true } = {}) {
      // One after the other: the second finds the first where it is now, on a port of its own.
      for (const module of modules) await module.start()
      await asker.waitForSps(1, { signal: AbortSignal.timeout(10_000) })
      const id = String(++objects)
      const task = asker.createTask({ bucketName: 'b', objectName: `o-${id}`, id, payloadSize: 1n << 20n })
      if (!asking) {
        for (const module of modules) await module.stop()
        return true
      }
      const ask = asker.handleReplicatePieceApproval(task, { min: 1, max: 1, timeoutMs: 1_000 })
      const answered = await ask.then(
        () => true,
        () => false
      )
      for (const module of modules) await module.stop()
      return answered
    },
    async leftovers() {
      await collected()
      const resources: Record<string, number> = {}
      for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1
      const listeners = process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), chainListeners)
      return { heapBytes: process.memoryUsage().heapUsed, resources, listeners }
    },
    close: () => rm(dir, { recursive: true, force: true })
  }
}

/** libp2p writes its addresses down a second late, also when it has stopped by then. */
const LATE_MS = 1_200

/** Closing sockets get their turns, and what nobody holds is gone. */
async function collected(): Promise<void> {
  await new Promise(resolve => setTimeout(resolve, LATE_MS))
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void
  for (let i = 0; i < 5; i++) {
    await new Promise(resolve => setTimeout(resolve, 20))
    gc()
  }
}
