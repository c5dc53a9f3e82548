import { taskDigests } from '../../../src/codec/digest.js'
import type { Height, PeerIdString } from '../../../src/domain/brands.js'
import type { AskOutcome } from '../../../src/domain/fairness.js'
import type { Candidate } from '../../../src/domain/selection.js'
import type { ReplicatePieceApprovalTask } from '../../../src/domain/task.js'
import {
  completeObjectInfo,
  completeStorageParams,
  EMPTY_TASK,
  EMPTY_TASK_INFO
} from '../../../src/domain/task-defaults.js'
import type { Signer, Verifier } from '../../../src/identity/index.js'
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
import type { AskSession } from '../../../src/protocols/asking/ask-session.js'
import { Asker, type AskerInit } from '../../../src/protocols/asking/asker.js'
import { Nonces } from '../../../src/protocols/asking/nonces.js'
import { Roster } from '../../../src/protocols/asking/roster.js'
import type { Handled } from '../../../src/protocols/door/inbox.js'
import { Conversations } from '../../../src/protocols/v0/conversations.js'
import type { Wire } from '../../../src/protocols/wire.js'
import { TaskHistory } from '../../../src/queue/history.js'
import { TaskQueue } from '../../../src/queue/task-queue.js'
import type { TaskRecord } from '../../../src/task-record.js'
import { fakeClock } from '../../../src/testing/fake-clock.js'
import { createTrust, type LegacyMode, type Pins } from '../../../src/trust/index.js'

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
/** Of SP 0; its asks are few, told apart by what a test changes in them. */
const rememberingSigner: Signer = {
  sign: digest => signatureOf(0, digest)
}
/** One for all: the trace of an error costs more than the rest of a send. */
const REFUSED = new Error('connection refused')

export interface AskerFixture {
  readonly asker: Asker
  readonly clock: ReturnType<typeof fakeClock>
  readonly queue: TaskQueue<AskSession>
  readonly history: TaskHistory<TaskRecord>
  readonly resources: ReturnType<typeof createResourceManager>
  readonly entries: Map<SpAddress, SpEntry>
  readonly sent: PeerIdString[]
  /** When, on the fixture's clock, ms. */
  readonly sentAt: Map<PeerIdString, number>
  /** What the peer book tells of the nodes; a test may change it. */
  readonly nodes: Map<PeerIdString, Candidate>
  /** What was told of nodes and SPs. */
  readonly proved: PeerIdString[]
  readonly outcomes: AskOutcome[]
  /** Refuses the send to these nodes. */
  readonly unreachable: Set<PeerIdString>
  /** Nodes to be dialled also while they rest. */
  readonly urged: Set<PeerIdString>
  readonly state: {
    height: bigint | undefined
    /** The last ask, as it was signed. */
    signed: ReplicatePieceApprovalTask | undefined
    /** What a send does. */
    onSend: ((peerId: PeerIdString) => Promise<void>) | undefined
  }
  sp(n: number): SpAddress
  /** SP n's first node, or its k-th sibling. */
  node(n: number, k?: number): PeerIdString
  task(id?: string): ReplicatePieceApprovalTask
  answer(n: number, change?: Partial<ReplicatePieceApprovalTask>, expired?: bigint): Answer
  /** The answer comes in. */
  answered(answer: Answer): Handled
}

export interface Answer {
  readonly from: PeerIdString
  readonly task: ReplicatePieceApprovalTask
}

export interface FixtureChanges extends Partial<AskerInit> {
  readonly hedgeAfterMs?: number
  readonly signer?: Signer
  /** Wires beside 0.0.1. */
  readonly newerWires?: (fixture: Pick<AskerFixture, 'nodes'>) => readonly Wire[]
  readonly legacyMode?: LegacyMode
  readonly pins?: Pins
}

/** An asker whose 0.0.1 messages are recorded and not sent: SP n has node n and its siblings, the asker is SP 0. */
export async function askerFixture(
  sps: number,
  {
    hedgeAfterMs = 250,
    signer = rememberingSigner,
    newerWires = () => [],
    legacyMode = 'auto',
    pins = new Map(),
    ...change
  }: FixtureChanges = {},
  nodesOf: (n: number) => number = () => 1
): Promise<AskerFixture> {
  const store = memoryStore()
  await store.open()
  const clock = fakeClock()
  const signers = allSigners.slice(0, sps + 1)
  const sp = (n: number): SpAddress => signers[n]?.operatorAddress as SpAddress
  const node = (n: number, k = 0): PeerIdString => (k === 0 ? `node-${n}` : `node-${n}-${k}`) as PeerIdString
  const nodesBelow = (n: number): PeerIdString[] => Array.from({ length: nodesOf(n) }, (_, k) => node(n, k))
  const nodes = new Map<PeerIdString, Candidate>()
  const entries = new Map<SpAddress, SpEntry>()
  for (let n = 0; n <= sps; n++) {
    entries.set(sp(n), {
      operatorAddress: sp(n),
      approvalAddress: `approval-${n}`,
      endpoint: `https://sp${n}.example.com`,
      status: 'IN_SERVICE',
      nodes: nodesBelow(n).map(peerId => ({ peerId, addresses: [] }))
    })
    if (n === 0) continue
    for (const peerId of nodesBelow(n)) {
      const facts = { rttMs: undefined, connected: true, standing: 'verified', proven: false, failures: 0 } as const
      nodes.set(peerId, { peerId, sp: sp(n), ...facts })
    }
  }
  const sent: PeerIdString[] = []
  const sentAt = new Map<PeerIdString, number>()
  const proved: PeerIdString[] = []
  const outcomes: AskOutcome[] = []
  const unreachable = new Set<PeerIdString>()
  const urged = new Set<PeerIdString>()
  const state: AskerFixture['state'] = { height: HEIGHT, signed: undefined, onSend: undefined }
  const self = { sp: sp(0), peerId: node(0) }
  const roster = new Roster({ self, hedgeAfterMs, zombieAfter: 3, clock })
  const conversations = new Conversations({
    sender: {
      async send(peerId, _protocol, _bytes, { evenResting }) {
        sent.push(peerId)
        if (evenResting === true) urged.add(peerId)
        sentAt.set(peerId, clock.monotonic())
        if (state.onSend !== undefined) await state.onSend(peerId)
        if (unreachable.has(peerId)) throw REFUSED
      }
    },
    signer,
    verifier,
    lateReplies: roster,
    strangers: { promote: () => undefined },
    logger: silentLogger,
    metrics
  })
  const wire: Wire = {
    version: '0.0.1',
    start: async () => undefined,
    stop: async () => undefined,
    speaks: () => true,
    async open(ask, listener, options) {
      digests.clear()
      const conversation = await conversations.open(ask, listener, options)
      state.signed = conversation.task
      return conversation
    },
    ping: () => Promise.reject(new Error('expected no ping'))
  }
  const digests = new Map<bigint, Uint8Array | undefined>()
  const directory: AskerInit['directory'] = {
    candidates: () => [...nodes.values()],
    proved: peerId => proved.push(peerId),
    contacted: () => undefined
  }
  const queue = new TaskQueue<AskSession>(100)
  const history = new TaskHistory<TaskRecord>({ kept: 10, keptMs: 60_000, clock })
  const resources = createResourceManager()
  const asker = new Asker({
    fairness: { asked: outcome => outcomes.push(outcome) },
    self,
    wires: [wire, ...newerWires({ nodes })],
    roster,
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
    trust: createTrust({ mode: legacyMode, pins, entryOf: address => entries.get(address) }),
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
    sentAt,
    nodes,
    proved,
    outcomes,
    unreachable,
    urged,
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
      const { signed } = state
      if (signed === undefined) throw new Error('nothing was asked yet')
      const digest = digests.get(expired) ?? taskDigests(signed, expired)[0]
      digests.set(expired, digest)
      const task: ReplicatePieceApprovalTask = {
        ...signed,
        approvedSpOperatorAddress: sp(n),
        approvedSignature: signatureOf(n, digest as Uint8Array),
        expiredHeight: expired,
        ...change
      }
      return { from: node(n), task }
    },
    answered: ({ task, from }) => conversations.receive(task, from)
  }
}

const signatures = new Map<string, Uint8Array>()

function signatureOf(n: number, digest: Uint8Array): Uint8Array {
  const key = `${n}${Buffer.from(digest).toString('hex')}`
  const known = signatures.get(key) ?? (allSigners[n]?.sign(digest, { type: 'join', message: digest }) as Uint8Array)
  signatures.set(key, known)
  return known
}
