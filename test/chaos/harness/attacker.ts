import { randomBytes } from 'node:crypto'
import type { Connection } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { base58btc } from 'multiformats/bases/base58'
import { keccak256 } from '../../../src/codec/keccak.js'
import { pingSignBytes, pongSignBytes, taskSignBytes } from '../../../src/codec/sign-bytes.js'
import { decodeTask, encodePing, encodePong, encodeTask } from '../../../src/codec/task-codec.js'
import { ANSWER_PROTOCOL, ASK_PROTOCOL, PING_PROTOCOL, PONG_PROTOCOL } from '../../../src/constants.js'
import type { ReplicatePieceApprovalTask } from '../../../src/domain/task.js'
import { createKey, type localSigner } from '../../../src/index.js'
import { within } from '../../protocols/v0/harness.js'
import { type RawPeer, rawPeer, wholeStream } from '../../protocols/v0/raw-peer.js'
import type { NodeInfo } from './nodes.js'
import type { Scope } from './scope.js'

/** A peer that sends whatever bytes it likes to one node. */
export interface Attacker {
  readonly peerId: string
  readonly port: number
  /** Asks that came in, as bytes of a task. */
  readonly asked: readonly Uint8Array[]
  send(protocol: string, bytes: Uint8Array): Promise<void>
  /** The node has closed the connection, or never let it in. */
  readonly shutOut: boolean
  stop(): Promise<void>
}

export interface AttackerOptions {
  readonly nodeKey?: Uint8Array
  /** What it answers to pings of the node. */
  readonly onPing?: (attacker: Attacker) => void
  readonly onAsk?: (bytes: Uint8Array, attacker: Attacker) => void
  /** It waits to be dialled. */
  readonly waits?: boolean
}

export async function attacker(scope: Scope, target: NodeInfo, options: AttackerOptions = {}): Promise<Attacker> {
  const { nodeKey = createKey(), onPing, onAsk, waits = false } = options
  const asked: Uint8Array[] = []
  let peer: RawPeer | undefined = await rawPeer({
    nodeKey,
    identify: true,
    protocols: [PING_PROTOCOL, PONG_PROTOCOL, ASK_PROTOCOL, ANSWER_PROTOCOL],
    onStream: (protocol, stream) => {
      const chunks: Uint8Array[] = []
      let done = false
      const end = (): void => {
        if (done || stream.remoteWriteStatus !== 'closed' || stream.readBufferLength > 0) return
        done = true
        if (protocol === PING_PROTOCOL) onPing?.(self)
        if (protocol !== ASK_PROTOCOL) return
        const bytes = Buffer.concat(chunks)
        asked.push(bytes)
        onAsk?.(bytes, self)
      }
      stream.addEventListener('message', event => {
        chunks.push(event.data.subarray())
        end()
      })
      stream.addEventListener('remoteCloseWrite', end)
      end()
    }
  })
  const peerId = peer.id
  const port = Number(peer.libp2p.getMultiaddrs()[0]?.toString().split('/')[4])
  // A row makes thousands: one that is stopped holds nothing of its host any more.
  const stop = async (): Promise<void> => {
    const stopping = peer
    peer = undefined
    await stopping?.stop()
  }
  scope.defer(stop)
  const addresses = target.addresses.map(address => multiaddr(`${address}/p2p/${target.peerId}`))
  const running = (): RawPeer => {
    if (peer === undefined) throw new Error('expected a peer that runs')
    return peer
  }
  const connections = (): Connection[] =>
    peer?.libp2p.getConnections().filter(({ remotePeer }) => remotePeer.toString() === target.peerId) ?? []
  const connection = async (): Promise<Connection> =>
    connections()[0] ?? (await running().libp2p.dial(addresses, within()))
  const self: Attacker = {
    peerId,
    port,
    asked,
    get shutOut() {
      return connections().length === 0
    },
    async send(protocol, bytes) {
      const stream = await running().open(await connection(), protocol)
      stream.send(wholeStream(protocol, bytes))
      await stream.close(within())
    },
    stop
  }
  if (!waits) await connection()
  return self
}

/** Tried by peers whom the node may cut off at any moment: what became of it is seen at the node. */
export async function attempt(doing: Promise<unknown>): Promise<boolean> {
  return await doing.then(
    () => true,
    () => false
  )
}

export type Identity = ReturnType<typeof localSigner>

const NO_BYTES = new Uint8Array(0)

/** What an SP's node sends, and whoever has seen it may send again. */
export async function pingOf(signer: Identity): Promise<Uint8Array> {
  const ping = { spOperatorAddress: signer.operatorAddress as string, signature: NO_BYTES }
  const signature = await signer.sign(keccak256(pingSignBytes(ping)), { type: 'ping', message: ping })
  return encodePing({ ...ping, signature })
}

export async function pongOf(
  signer: Identity,
  nodes: readonly { nodeId: string; multiAddr: string[] }[]
): Promise<Uint8Array> {
  const pong = { nodes, spOperatorAddress: signer.operatorAddress as string, signature: NO_BYTES }
  const signature = await signer.sign(keccak256(pongSignBytes(pong)), { type: 'pong', message: pong })
  return encodePong({ ...pong, signature })
}

/** A good approval of an ask, as the SP's own node would give it. */
export async function approvalOf(signer: Identity, ask: Uint8Array, expiredHeight: bigint): Promise<Uint8Array> {
  const approved: ReplicatePieceApprovalTask = {
    ...decodeTask(ask),
    approvedSpOperatorAddress: signer.operatorAddress,
    approvedSignature: NO_BYTES,
    expiredHeight
  }
  const digest = keccak256(taskSignBytes(approved))
  return encodeTask({ ...approved, approvedSignature: await signer.sign(digest, { type: 'task', message: approved }) })
}

/** An ask of an SP as its node sends it: fresh, and signed by the operator. */
export async function askOf(signer: Identity, template: ReplicatePieceApprovalTask): Promise<Uint8Array> {
  const task = template.task
  if (task === undefined) throw new TypeError('expected a task with its information')
  const now = BigInt(Math.floor(Date.now() / 1_000))
  const ask: ReplicatePieceApprovalTask = {
    ...template,
    task: { ...task, createTime: now, updateTime: now },
    askSpOperatorAddress: signer.operatorAddress,
    askSignature: NO_BYTES
  }
  const digest = keccak256(taskSignBytes(ask))
  return encodeTask({ ...ask, askSignature: await signer.sign(digest, { type: 'task', message: ask }) })
}

/** Of an inlined ed25519 key, whose bytes need not be a point of anything: thousands are made in no time. */
const ED25519_PEER_ID = Uint8Array.of(0, 0x24, 8, 1, 0x12, 0x20)

const inventedPeerId = (): string =>
  base58btc.encode(Buffer.concat([ED25519_PEER_ID, randomBytes(32)])).slice(base58btc.prefix.length)

/** Nodes that do not exist, at addresses where nobody listens. */
export const inventedNodes = (count: number, addresses: number, port: number) =>
  Array.from({ length: count }, () => ({
    nodeId: inventedPeerId(),
    multiAddr: Array.from({ length: addresses }, (_, index) => `/ip4/127.0.${index}.1/tcp/${port}`)
  }))
