import { taskDigests } from '../../../src/codec/digest.js'
import { encodeTask } from '../../../src/codec/task-codec.js'
import type { Height, PeerIdString } from '../../../src/domain/brands.js'
import type { ReplicatePieceApprovalTask } from '../../../src/domain/task.js'
import {
  completeObjectInfo,
  completeStorageParams,
  EMPTY_TASK,
  EMPTY_TASK_INFO
} from '../../../src/domain/task-defaults.js'
import type { Verifier } from '../../../src/identity/index.js'
import {
  createMetrics,
  createResourceManager,
  createVerifier,
  localSigner,
  memoryStore,
  type SpAddress,
  type SpEntry,
  silentLogger
} from '../../../src/index.js'
import type { PeerDirectory } from '../../../src/peers/index.js'
import type { AskSession } from '../../../src/protocols/asking/ask-session.js'
import { Asker, type AskerInit } from '../../../src/protocols/asking/asker.js'
import { Nonces } from '../../../src/protocols/asking/nonces.js'
import type { InboundTask, PreparedAsk, Wire } from '../../../src/protocols/wire.js'
import { createHistory } from '../../../src/queue/history.js'
import { createTaskQueue } from '../../../src/queue/task-queue.js'
import type { TaskRecord } from '../../../src/task-record.js'
import { fakeClock } from '../../../src/testing/fake-clock.js'

/** Private keys 1, 2, 3 …: known, so that every run signs the same bytes. */
const keyOf = (n: number): Uint8Array => Uint8Array.from({ length: 32 }, (_, i) => (i === 31 ? n + 1 : 7))

export const HEIGHT = 1_000n as Height

/** Remembers what was verified: the schedules ask the same few questions over and over. */
function remembering(verifier: Verifier): Verifier {
  const known = new Map<string, SpAddress | undefined>()
  return {
    backend: verifier.backend,
    recover: (digest, signature) => {
      const key = `${Buffer.from(digest).toString('hex')}${Buffer.from(signature).toString('hex')}`
      if (!known.has(key)) known.set(key, verifier.recover(digest, signature))
      return known.get(key)
    }
  }
}

const verifier = remembering(createVerifier())
const metrics = createMetrics()
const allSigners = Array.from({ length: 9 }, (_, n) => localSigner(keyOf(n)))

export interface AskerFixture {
  readonly asker: Asker
  readonly clock: ReturnType<typeof fakeClock>
  readonly queue: ReturnType<typeof createTaskQueue<AskSession>>
  readonly history: ReturnType<typeof createHistory<TaskRecord>>
  readonly resources: ReturnType<typeof createResourceManager>
  readonly entries: Map<SpAddress, SpEntry>
  readonly sent: PeerIdString[]
  /** Refuses the send to these nodes. */
  readonly unreachable: Set<PeerIdString>
  readonly state: { height: bigint | undefined; sentAsk: PreparedAsk | undefined }
  sp(n: number): SpAddress
  node(n: number): PeerIdString
  task(id?: string): ReplicatePieceApprovalTask
  answer(n: number, change?: Partial<ReplicatePieceApprovalTask>, expired?: bigint): InboundTask
}

/** An asker over a wire that only records: SP n has node n, the asker is SP 0. */
export async function askerFixture(sps: number, change: Partial<AskerInit> = {}): Promise<AskerFixture> {
  const store = memoryStore()
  await store.open()
  const clock = fakeClock()
  const signers = allSigners.slice(0, sps + 1)
  const sp = (n: number): SpAddress => signers[n]?.operatorAddress as SpAddress
  const node = (n: number): PeerIdString => `node-${n}` as PeerIdString
  const entries = new Map<SpAddress, SpEntry>()
  for (let n = 0; n <= sps; n++) {
    entries.set(sp(n), {
      operatorAddress: sp(n),
      approvalAddress: `approval-${n}`,
      endpoint: `https://sp${n}.example.com`,
      status: 'IN_SERVICE',
      nodes: [{ peerId: node(n), addresses: [] }]
    })
  }
  const sent: PeerIdString[] = []
  const unreachable = new Set<PeerIdString>()
  const state: AskerFixture['state'] = { height: HEIGHT, sentAsk: undefined }
  const wire: Wire = {
    version: '0.0.1',
    start: async () => undefined,
    stop: async () => undefined,
    async sendAsk(peerId, ask) {
      sent.push(peerId)
      state.sentAsk = ask
      if (unreachable.has(peerId)) throw new Error('connection refused')
    }
  }
  const directory: PeerDirectory = {
    list: () => [],
    get: () => undefined,
    candidates: () =>
      Array.from({ length: sps }, (_, n) => ({
        peerId: node(n + 1),
        sp: sp(n + 1),
        rttMs: undefined,
        connected: true,
        standing: 'verified',
        proven: false,
        failures: 0
      })),
    claim: () => true,
    proved: () => undefined,
    contacted: () => undefined,
    hint: () => undefined,
    announced: () => undefined
  }
  const queue = createTaskQueue<AskSession>(100)
  const history = createHistory<TaskRecord>({ kept: 10, keptMs: 60_000, clock })
  const resources = createResourceManager()
  const [signer] = allSigners
  if (signer === undefined) throw new Error('expected a signer')
  const asker = new Asker({
    fairness: { asked: () => undefined },
    hedgeAfterMs: 250,
    zombieAfter: 3,
    self: { sp: sp(0), peerId: node(0) },
    wire,
    signer,
    verifier,
    registry: {
      list: () => [...entries.values()],
      get: address => entries.get(address),
      onChange: () => () => undefined
    },
    heights: {
      height: () => {
        if (state.height === undefined) throw new Error('no height')
        return state.height as Height
      }
    },
    directory,
    nonces: new Nonces(store, clock),
    queue,
    history,
    resources: resources.service('p2p'),
    life: { minLife: 100n, maxLife: 10_000n },
    legacyMode: 'auto',
    pins: new Map(),
    clock,
    logger: silentLogger,
    metrics,
    emit: () => undefined,
    ...change
  })
  return {
    asker,
    clock,
    queue,
    history,
    resources,
    entries,
    sent,
    unreachable,
    state,
    sp,
    node,
    task: (id = '1') => ({
      ...EMPTY_TASK,
      task: EMPTY_TASK_INFO,
      objectInfo: completeObjectInfo({ bucketName: 'b', objectName: 'o', id, payloadSize: 1n << 20n }),
      storageParams: completeStorageParams()
    }),
    answer(n, change = {}, expired = HEIGHT + 900n) {
      const ask = state.sentAsk
      if (ask === undefined) throw new Error('nothing was asked yet')
      const [digest] = taskDigests(ask.task, expired)
      const task: ReplicatePieceApprovalTask = {
        ...ask.task,
        approvedSpOperatorAddress: sp(n),
        approvedSignature: signatureOf(n, digest as Uint8Array, signers[n] as ReturnType<typeof localSigner>),
        expiredHeight: expired,
        ...change
      }
      return {
        from: node(n),
        addressBlock: '127.0.0.0/24',
        task,
        bytes: encodeTask(task),
        arrivedAt: clock.monotonic()
      }
    }
  }
}

const signatures = new Map<string, Uint8Array>()

function signatureOf(n: number, digest: Uint8Array, signer: ReturnType<typeof localSigner>): Uint8Array {
  const key = `${n}${Buffer.from(digest).toString('hex')}`
  const known = signatures.get(key) ?? (signer.sign(digest, { type: 'join', message: digest }) as Uint8Array)
  signatures.set(key, known)
  return known
}
