import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createKey, createP2PModule, localSigner, memoryStore, type P2PModule, type SpEntry } from '../src/index.js'
import { type TestChain, testChain } from '../src/testing/index.js'

/** SPs in a process of their own. */
export interface PeerProcess {
  readonly child: ChildProcess
  readonly entries: readonly SpEntry[]
  /** Stops the process in its tracks: connections stay open, nothing answers. */
  freeze(): void
  close(): Promise<void>
}

export async function peerProcess(count: number): Promise<PeerProcess> {
  const child = fork(new URL('./peers.js', import.meta.url), [String(count)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, NODE_OPTIONS: '' }
  })
  const [entries] = (await once(child, 'message')) as [SpEntry[]]
  return {
    child,
    entries,
    freeze: () => child.kill('SIGSTOP'),
    async close() {
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    }
  }
}

export interface BenchAsker {
  readonly module: P2PModule
  readonly chain: TestChain
  readonly entry: SpEntry
}

/** An asker in this process that knows these SPs and is connected to all of them. */
export async function benchAsker(entries: readonly SpEntry[]): Promise<BenchAsker> {
  const chain = testChain()
  const signer = localSigner(createKey())
  const operatorAddress = signer.operatorAddress
  for (const entry of entries) chain.put(entry)
  const module = await createP2PModule({
    operatorAddress,
    signer,
    chain: chain.connector(operatorAddress, { namePeers: false }),
    store: memoryStore(),
    listen: ['/ip4/127.0.0.1/tcp/0'],
    allowPrivate: true,
    pingPeriodMs: 15_000
  })
  await module.start()
  const { peerId, addresses } = module.overview()
  if (peerId === undefined) throw new Error('expected a started module')
  const entry: SpEntry = {
    operatorAddress,
    approvalAddress: '',
    endpoint: '',
    status: 'IN_SERVICE',
    nodes: [{ peerId, addresses }]
  }
  chain.put(entry)
  return { module, chain, entry }
}

/** Tells SPs whom they serve. The SPs are listed without nodes, so that none dials another while the clock runs. */
export function introduce(processes: readonly PeerProcess[], askers: readonly BenchAsker[]): void {
  const sps = processes.flatMap(({ entries }) => entries.map(entry => ({ ...entry, nodes: [] })))
  for (const { child } of processes) child.send([...sps, ...askers.map(({ entry }) => entry)])
}

let objects = 0

/** Milliseconds one ask took; every ask is for another object. */
export async function timeAsk({ module }: BenchAsker, min: number, max = min): Promise<number> {
  const id = String(++objects)
  const task = module.createTask({ bucketName: 'bench', objectName: `object-${id}`, id, payloadSize: 1n << 24n })
  const { report } = await module.handleReplicatePieceApproval(task, { min, max, timeoutMs: 20_000 })
  return report.elapsedMs
}
