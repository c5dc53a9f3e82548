/** A node of ours on real sockets, for the wire's tests; its counterpart that writes any bytes is in raw-peer.ts. */
import '../../../src/protocols/patches/with-resolvers.js'
import { randomBytes } from 'node:crypto'
import type { SpRegistryChange } from '../../../src/chain/index.js'
import { keccak256 } from '../../../src/codec/keccak.js'
import { readPeerId } from '../../../src/codec/peer-id.js'
import { pingSignBytes, pongSignBytes } from '../../../src/codec/sign-bytes.js'
import { encodePing, encodePong, encodeTask } from '../../../src/codec/task-codec.js'
import type { PeerIdString, SpAddress } from '../../../src/domain/brands.js'
import type { SpEntry } from '../../../src/domain/registry.js'
import type { PongNode, ReplicatePieceApprovalTask } from '../../../src/domain/task.js'
import { completeObjectInfo, completeStorageParams, EMPTY_TASK } from '../../../src/domain/task-defaults.js'
import { taskKey } from '../../../src/domain/task-key.js'
import { localSigner } from '../../../src/identity/local-signer.js'
import { createVerifier } from '../../../src/identity/verifier.js'
import { type Logger, silentLogger } from '../../../src/logger.js'
import { createMetrics, type Metrics } from '../../../src/metrics.js'
import { nodeHost } from '../../../src/module/node-host.js'
import type { ContactResult, HintedNode, PeerDirectory, PeerRecord } from '../../../src/peers/index.js'
import { Announced } from '../../../src/protocols/door/announced.js'
import { Strangers } from '../../../src/protocols/door/strangers.js'
import type { P2PHost } from '../../../src/protocols/host/host.js'
import { StoredPeers } from '../../../src/protocols/host/stored-peers.js'
import {
  DEFAULT_WIRE_LIMITS,
  type GfspWire,
  type GfspWireInit,
  gfspWire,
  type WireLimits
} from '../../../src/protocols/v0/index.js'
import type { InboundAsk, Reply, ReplyClaim, Verdict } from '../../../src/protocols/wire.js'
import { fakeClock } from '../../../src/testing/fake-clock.js'
import { createTrust, type LegacyMode, type Pins } from '../../../src/trust/index.js'
import { sampleGrant } from '../../store/sample-grant.js'
import { GIVE_UP_MS } from '../../support/awaited.js'

export { until } from '../../support/awaited.js'

export const key = (): Uint8Array => new Uint8Array(randomBytes(32))
export const within = (ms = GIVE_UP_MS): { signal: AbortSignal } => ({ signal: AbortSignal.timeout(ms) })

/** The SPs that all nodes of a test find on their list. */
export class TestRegistry {
  readonly entries = new Map<SpAddress, SpEntry>()
  readonly #listeners = new Set<(change: SpRegistryChange) => void>()

  onChange(listener: (change: SpRegistryChange) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  remove(sp: SpAddress): void {
    const removed = [this.entries.get(sp)].filter(entry => entry !== undefined)
    this.entries.delete(sp)
    for (const listener of this.#listeners) listener({ added: [], changed: [], removed })
  }

  add(sp: SpAddress): void {
    this.entries.set(sp, {
      operatorAddress: sp,
      approvalAddress: '',
      endpoint: '',
      status: 'IN_SERVICE',
      nodes: []
    })
  }
}

export interface TestNode {
  readonly host: P2PHost
  readonly wire: GfspWire
  readonly strangers: Strangers
  readonly sp: SpAddress
  readonly id: PeerIdString
  readonly signer: ReturnType<typeof localSigner>
  readonly metrics: Metrics
  readonly asks: InboundAsk[]
  /** Replies to what `ask` sent, and answers to nothing. */
  readonly answers: (ReplyClaim | Reply | { readonly late: PeerIdString })[]
  readonly claims: { readonly peer: PeerIdString; readonly sp: SpAddress }[]
  readonly contacts: { readonly peer: PeerIdString; readonly result: ContactResult }[]
  readonly hints: HintedNode[]
  /** Sends an ask of the task, over a conversation of its own; resolves with the task as it was signed. */
  ask(
    peer: PeerIdString,
    options?: { readonly signal: AbortSignal },
    task?: ReplicatePieceApprovalTask
  ): Promise<ReplicatePieceApprovalTask>
  stop(): Promise<void>
}

export interface TestNodeOptions
  extends Pick<Partial<GfspWireInit>, 'lateReplies' | 'pingPeriodMs' | 'clock' | 'signer'> {
  readonly onAsk?: GfspWireInit['asks']['handle']
  /** Nodes that its pongs tell of. */
  readonly tells?: readonly PongNode[]
  /** Whether the access list lets the peer in. */
  readonly mayEnter?: (peer: PeerIdString) => boolean
  /** Whether the book ties the peer to an SP. */
  readonly isTied?: (peer: PeerIdString) => boolean
  readonly pins?: Pins
  readonly legacyMode?: LegacyMode
  readonly registry: TestRegistry
  readonly listed?: boolean
  readonly limits?: Partial<WireLimits>
  readonly maxConnections?: number
  /** That of the host; default: the machine's. */
  readonly hostClock?: ReturnType<typeof fakeClock>
  readonly log?: Logger
}

/** A node whose approver answers every ask with the ask itself, marked as approved. */
export async function testNode(options: TestNodeOptions): Promise<TestNode> {
  const {
    registry,
    listed = true,
    log = silentLogger,
    maxConnections,
    hostClock,
    onAsk,
    isTied,
    limits = {},
    ...rest
  } = options
  const { legacyMode = 'auto', pins = new Map(), tells = [], clock = fakeClock(), mayEnter = () => true } = options
  const signer = localSigner(key())
  if (listed) registry.add(signer.operatorAddress)
  const door = nodeHost({
    nodeKey: key(),
    listen: ['/ip4/127.0.0.1/tcp/0'],
    allowPrivate: true,
    ...(hostClock && { clock: hostClock }),
    ...(maxConnections === undefined ? {} : { maxConnections })
  })
  const host = await door.open()
  const metrics = createMetrics()
  const asks: InboundAsk[] = []
  const answers: TestNode['answers'] = []
  const claims: TestNode['claims'] = []
  const contacts: TestNode['contacts'] = []
  const hints: HintedNode[] = []
  const recordOf = ({ nodeId, multiAddr }: PongNode): PeerRecord =>
    ({ peerId: nodeId, addresses: multiAddr.map(address => ({ address })) }) as unknown as PeerRecord
  const directory: Partial<PeerDirectory> = {
    get: peer => (isTied?.(peer) === true ? ({ tied: true, addresses: [] } as unknown as PeerRecord) : undefined),
    claim: (peer, sp) => claims.push({ peer, sp }) > 0,
    contacted: (peer, result) => contacts.push({ peer, result }),
    hint: (_, nodes) => hints.push(...nodes),
    announced: () => undefined,
    tellable: most => tells.slice(0, most).map(recordOf)
  }
  const shared = {
    host,
    self: { sp: signer.operatorAddress },
    directory: directory as PeerDirectory,
    registry,
    allowPrivate: true,
    // Stands still unless the test brings one: no deadline and no rate is a matter of how fast the machine is.
    clock,
    logger: log,
    metrics
  }
  const strangers = new Strangers({
    ...shared,
    limits: { ...DEFAULT_WIRE_LIMITS, ...limits },
    accessList: { mayEnter }
  })
  const announcements = new Announced({ ...shared, strangers })
  const wire = gfspWire({
    ...shared,
    signer,
    verifier: createVerifier(),
    trust: createTrust({ mode: legacyMode, pins, entryOf: sp => registry.entries.get(sp) }),
    strangers,
    announced: announcements,
    asks: {
      handle: async ask => {
        asks.push(ask)
        return onAsk === undefined ? granted(ask) : await onAsk(ask)
      }
    },
    lateReplies: { answeredLate: late => answers.push({ late }) },
    // What libp2p's peer store knows is dialled.
    connector: { connect: (peer, options) => host.connect(readPeerId(peer), [], options) },
    pingPeriodMs: 0,
    limits,
    ...rest
  })
  const storedPeers = new StoredPeers(shared)
  strangers.start()
  announcements.start()
  storedPeers.start()
  await wire.start()
  const stop = async (): Promise<void> => {
    await wire.stop(within(2_000))
    announcements.stop()
    strangers.stop()
    await storedPeers.stop()
    await door.close(host)
  }
  const ask: TestNode['ask'] = async (peer, options = within(), task = testTask()) => {
    const listener = {
      screen: (claim: ReplyClaim) => answers.push(claim) < 0,
      onReply: (reply: Reply) => answers.push(reply)
    }
    const conversation = await wire.open({ key: taskKey(task.objectInfo), task }, listener, options)
    await conversation.send(peer)
    return conversation.task
  }
  return {
    host,
    wire,
    strangers,
    sp: signer.operatorAddress,
    id: host.peerId.toString() as PeerIdString,
    signer,
    metrics,
    asks,
    answers,
    claims,
    contacts,
    hints,
    ask,
    stop
  }
}

export function testTask(id = '7', change: Partial<ReplicatePieceApprovalTask> = {}): ReplicatePieceApprovalTask {
  return {
    ...EMPTY_TASK,
    objectInfo: completeObjectInfo({ id, bucketName: 'photos', objectName: 'cat.jpg', payloadSize: 1_048_576n }),
    storageParams: completeStorageParams(),
    ...change
  }
}

export const approvalOf = (task: ReplicatePieceApprovalTask): Uint8Array =>
  encodeTask({ ...task, expiredHeight: 1_000n, approvedSignature: new Uint8Array(65).fill(1) })

/** A grant whose answer is sent as it is. */
export const granted = (ask: InboundAsk, answer = approvalOf(ask.task)): Verdict => ({
  outcome: 'granted',
  grant: sampleGrant('7', { fingerprint: ask.fingerprint, answer })
})

export async function signedPing(
  signer: TestNode['signer'],
  address: string = signer.operatorAddress
): Promise<Uint8Array> {
  const ping = { spOperatorAddress: address, signature: new Uint8Array(0) }
  const signature = await signer.sign(keccak256(pingSignBytes(ping)), { type: 'ping', message: ping })
  return encodePing({ ...ping, signature })
}

export async function signedPong(signer: TestNode['signer'], nodes: readonly PongNode[] = []): Promise<Uint8Array> {
  const pong = { nodes, spOperatorAddress: signer.operatorAddress, signature: new Uint8Array(0) }
  const signature = await signer.sign(keccak256(pongSignBytes(pong)), { type: 'pong', message: pong })
  return encodePong({ ...pong, signature })
}

export const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

/** A counter's value by its labels. */
export async function counted(metric: Metrics['pingsReceived'], result: string): Promise<number> {
  const { values } = await metric.get()
  return values.find(({ labels }) => labels.result === result)?.value ?? 0
}
