/**
 * Upstream: @libp2p/identify 4.1.14, `Identify.identify` and `consumeIdentifyMessage`: ask a peer on every connection to
 * it, and verify a signed copy of its addresses: two curve operations and ten parses of a key that Noise has proven.
 */
import { type Identify, type IdentifyComponents, identify } from '@libp2p/identify'
import type { Connection, IdentifyResult, Libp2pEvents, PeerId, Startable } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import { decodeIdentify, MAX_IDENTIFY_BYTES } from '../../codec/identify-message.js'
import { sharedAbort } from '../../kit/abort.js'
import { type Clock, withDeadline } from '../../kit/clock.js'
import { overriding } from '../../kit/overriding.js'
import { readAddress } from '../addresses/usable.js'
import { ByteBudget } from '../door/message-gate.js'
import { readOneShot } from '../door/one-shot.js'

const PROTOCOL = '/ipfs/id/1.0.0'
const TIMEOUT_MS = 5_000
/** Answers being read, of all peers together. */
const BUFFERED_BYTES = 8 * 1_024 * 1_024
/** How long an answer serves further connections to the peer. */
const FRESH_MS = 60_000

interface Told {
  readonly listenAddrs: Multiaddr[]
  readonly protocols: string[]
}

interface Asked {
  readonly at: number
  readonly told: Promise<Told>
}

/** Answers as libp2p's identify does; asks each peer once a minute, and ignores key and signed record in the answer. */
export const identifyOnce =
  ({ clock }: { readonly clock: Clock }) =>
  (components: IdentifyComponents): Identify => {
    const service = identify({ timeout: TIMEOUT_MS, runOnConnectionOpen: false })(components) as Identify & Startable
    const asking = new Asking(components, clock)
    return overriding<Identify & Startable>(service, {
      identify: connection => asking.identify(connection),
      start: async () => {
        await service.start()
        asking.start()
      },
      stop: async () => {
        asking.stop()
        await service.stop()
      }
    })
  }

class Asking {
  readonly #components: IdentifyComponents
  readonly #clock: Clock
  readonly #budget = new ByteBudget(BUFFERED_BYTES)
  readonly #asked = new Map<string, Asked>()
  #controller = sharedAbort()

  constructor(components: IdentifyComponents, clock: Clock) {
    this.#components = components
    this.#clock = clock
  }

  start(): void {
    const { events } = this.#components
    this.#controller = sharedAbort()
    events.addEventListener('connection:open', this.#onOpen)
    events.addEventListener('peer:disconnect', this.#onGone)
  }

  stop(): void {
    const { events } = this.#components
    events.removeEventListener('connection:open', this.#onOpen)
    events.removeEventListener('peer:disconnect', this.#onGone)
    this.#controller.abort(new Error('the host has stopped'))
    this.#asked.clear()
  }

  /** Dispatches `peer:identify` with the peer's answer, or its recent one on another connection. */
  async identify(connection: Connection): Promise<IdentifyResult> {
    const { events } = this.#components
    const told = await this.#told(connection)
    const result = { ...told, peerId: connection.remotePeer, connection }
    events.safeDispatchEvent('peer:identify', { detail: result })
    return result
  }

  async #told(connection: Connection): Promise<Told> {
    const peer = connection.remotePeer.toString()
    const now = this.#clock.monotonic()
    const before = this.#asked.get(peer)
    if (before !== undefined && now - before.at < FRESH_MS) {
      const told = await before.told.catch(() => undefined)
      if (told !== undefined) return told
    }
    const asking = withDeadline(this.#clock, TIMEOUT_MS, this.#controller.signal, signal =>
      this.#ask(connection, signal)
    )
    const asked = { at: now, told: asking }
    this.#asked.set(peer, asked)
    try {
      return await asked.told
    } catch (error) {
      if (this.#asked.get(peer) === asked) this.#asked.delete(peer)
      throw error
    }
  }

  async #ask(connection: Connection, signal: AbortSignal): Promise<Told> {
    const stream = await connection.newStream(PROTOCOL, { signal, runOnLimitedConnection: true })
    const limits = { maxBytes: MAX_IDENTIFY_BYTES, deadlineMs: TIMEOUT_MS, budget: this.#budget }
    const read = await readOneShot(stream, { ...limits, clock: this.#clock, signal })
    if (!read.ok) throw read.error
    stream.close({ signal }).catch((error: Error) => stream.abort(error))
    const { listenAddrs, protocols } = decodeIdentify(read.bytes)
    const told = { listenAddrs: listenAddrs.flatMap(readAddress), protocols: [...protocols] }
    await this.#keep(connection.remotePeer, told)
    return told
  }

  /** For libp2p's own services, which read the peer store. */
  async #keep(peerId: PeerId, { listenAddrs, protocols }: Told): Promise<void> {
    const addresses = listenAddrs.map(address => ({ multiaddr: address, isCertified: false }))
    await this.#components.peerStore.patch(peerId, {
      ...(protocols.length > 0 && { protocols }),
      ...(addresses.length > 0 && { addresses })
    })
  }

  readonly #onOpen = ({ detail }: Libp2pEvents['connection:open']): void => {
    // A peer that does not answer is known by the protocols it opens streams with.
    this.identify(detail).catch(() => undefined)
  }

  readonly #onGone = ({ detail }: Libp2pEvents['peer:disconnect']): void => {
    this.#asked.delete(detail.toString())
  }
}
