import type { Connection, Libp2pEvents, PeerId } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { TypedEventEmitter } from 'main-event'
import type { PeerIdString } from '../../../src/index.js'
import type { ConnectOptions, DialGate, P2PHost } from '../../../src/protocols/host/host.js'
import type { FakeClock } from '../../../src/testing/fake-clock.js'

/** What a dial of a node comes to. *Silent*: nothing until its signal ends it. *Mute*: the address takes the connection. */
export type Answer = 'ok' | 'refuse' | 'silent' | 'mute'

export interface FakeHost {
  readonly host: P2PHost
  /** In the order of the dials. */
  readonly dials: { readonly peerId: PeerIdString; readonly at: number; readonly anew: boolean }[]
  /** How nodes answer from now on. */
  answer: (peerId: PeerIdString, address: string) => Answer
  /** Held dials answer when told. */
  hold: boolean
  readonly release: () => void
  comesIn(peerId: PeerIdString, address?: string): Connection
  /** All its connections end. */
  drop(peerId: PeerIdString): void
  open(peerId: PeerIdString): readonly Connection[]
  readonly gate: () => DialGate | undefined
}

const LOOPBACK = '/ip4/127.0.0.1/tcp/4001'

/** The part of a libp2p host that reach uses, whose peers do as a test says. */
export function fakeHost(clock: FakeClock, more: Partial<P2PHost> = {}): FakeHost {
  const events = new TypedEventEmitter<Libp2pEvents>()
  const open = new Map<string, Connection[]>()
  const held: (() => void)[] = []
  let gate: DialGate | undefined
  let ids = 0

  const end = (connection: Connection & { status: string }): void => {
    if (connection.status === 'closed') return
    connection.status = 'closed'
    const peer = connection.remotePeer.toString()
    const left = (open.get(peer) ?? []).filter(other => other !== connection)
    open.set(peer, left)
    events.dispatchEvent(new CustomEvent('connection:close', { detail: connection }))
    if (left.length > 0) return
    open.delete(peer)
    events.dispatchEvent(new CustomEvent('peer:disconnect', { detail: connection.remotePeer }))
  }
  const add = (remotePeer: PeerId, remoteAddr: Multiaddr, direction: 'inbound' | 'outbound'): Connection => {
    const connection = {
      id: String(ids++),
      remotePeer,
      remoteAddr: remoteAddr.encapsulate(`/p2p/${remotePeer}`),
      direction,
      status: 'open',
      streams: [],
      close: async () => end(connection),
      abort: () => end(connection)
    } as unknown as Connection & { status: string }
    const before = open.get(remotePeer.toString()) ?? []
    open.set(remotePeer.toString(), [...before, connection])
    if (before.length === 0) events.dispatchEvent(new CustomEvent('peer:connect', { detail: remotePeer }))
    events.dispatchEvent(new CustomEvent('connection:open', { detail: connection }))
    return connection
  }

  const fake: FakeHost = {
    dials: [],
    answer: () => 'ok',
    hold: false,
    release: () => {
      for (const next of held.splice(0)) next()
    },
    comesIn: (peerId, address = '/ip4/127.0.0.1/tcp/55555') =>
      add(peerIdFromString(peerId), multiaddr(address), 'inbound'),
    drop: peerId => {
      for (const connection of open.get(peerId) ?? []) connection.abort(new Error('dropped'))
    },
    open: peerId => open.get(peerId) ?? [],
    gate: () => gate,
    host: {
      events,
      maxConnections: 4_096,
      connections: (peer?: PeerId) => (peer === undefined ? [...open.values()].flat() : (open.get(String(peer)) ?? [])),
      gateDials: (next: DialGate | undefined) => {
        gate = next
      },
      connect: async (peer: PeerId, addresses: readonly Multiaddr[], options: ConnectOptions) => {
        const { signal, anew = false, onReached } = options
        const peerId = String(peer) as PeerIdString
        fake.dials.push({ peerId, at: clock.monotonic(), anew })
        if (fake.hold) await new Promise<void>(resolve => held.push(resolve))
        const address = addresses[0] ?? multiaddr(LOOPBACK)
        const answer = fake.answer(peerId, address.toString())
        if (answer === 'refuse') throw Object.assign(new Error('no'), { code: 'ECONNREFUSED' })
        if (answer === 'mute') onReached?.()
        if (answer !== 'ok') await ended(signal)
        onReached?.()
        const [known] = open.get(peerId) ?? []
        return known !== undefined && !anew ? known : add(peer, address, 'outbound')
      },
      ...more
    } as unknown as P2PHost
  }
  return fake
}

const ended = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    const end = (): void => reject(signal.reason)
    if (signal.aborted) end()
    else signal.addEventListener('abort', end, { once: true })
  })
