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
import { FairBudget } from '../../kit/fair-budget.js'
import { overriding } from '../../kit/overriding.js'
import { readAddress } from '../addresses/usable.js'
import { readOneShot } from '../door/one-shot.js'

const PROTOCOL = '/ipfs/id/1.0.0'
const TIMEOUT_MS = 5_000
/** Answers being read, of all peers together. */
const BUFFERED_BYTES = 8 * 1_024 * 1_024
/** Kept of an answer: more than any node of the network tells, and a few KB of one that tells nonsense. */
const MAX_PROTOCOLS = 64
const MAX_PROTOCOL_LENGTH = 96
const MAX_ADDRESSES = 16
const MAX_ADDRESS_BYTES = 256
/** How long an answer serves further connections to the peer. */
const FRESH_MS = 60_000

interface Answer {
  readonly listenAddrs: Multiaddr[]
  readonly protocols: string[]
}

interface Query {
  readonly at: number
  readonly answer: Promise<Answer>
}

/** Answers as libp2p's identify does; asks each peer once a minute, and ignores key and signed record in the answer. */
export const identifyOnce =
  ({ clock }: { readonly clock: Clock }) =>
  (components: IdentifyComponents): Identify => {
    const service = identify({ timeout: TIMEOUT_MS, runOnConnectionOpen: false })(components) as Identify & Startable
    const client = new IdentifyClient(components, clock)
    return overriding<Identify & Startable>(service, {
      identify: connection => client.identify(connection),
      start: async () => {
        await service.start()
        client.start()
      },
      stop: async () => {
        client.stop()
        await service.stop()
      }
    })
  }

class IdentifyClient {
  readonly #components: IdentifyComponents
  readonly #clock: Clock
  readonly #budget = new FairBudget(BUFFERED_BYTES, { all: { most: BUFFERED_BYTES } })
  readonly #queries = new Map<string, Query>()
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
    this.#queries.clear()
  }

  /** Dispatches `peer:identify` with the peer's answer, or its recent one on another connection. */
  async identify(connection: Connection): Promise<IdentifyResult> {
    const { events } = this.#components
    const result = { ...(await this.#answerOf(connection)), peerId: connection.remotePeer, connection }
    events.safeDispatchEvent('peer:identify', { detail: result })
    return result
  }

  async #answerOf(connection: Connection): Promise<Answer> {
    const peer = connection.remotePeer.toString()
    const now = this.#clock.monotonic()
    const before = this.#queries.get(peer)
    if (before !== undefined && now - before.at < FRESH_MS) {
      const answer = await before.answer.catch(() => undefined)
      if (answer !== undefined) return answer
    }
    const answer = withDeadline(this.#clock, TIMEOUT_MS, this.#controller.signal, signal =>
      this.#ask(connection, signal)
    )
    const query = { at: now, answer }
    this.#queries.set(peer, query)
    try {
      return await answer
    } catch (error) {
      if (this.#queries.get(peer) === query) this.#queries.delete(peer)
      throw error
    }
  }

  async #ask(connection: Connection, signal: AbortSignal): Promise<Answer> {
    const stream = await connection.newStream(PROTOCOL, { signal, runOnLimitedConnection: true })
    const budget = this.#budget.account('all', connection.remotePeer.toString())
    const limits = { maxBytes: MAX_IDENTIFY_BYTES, deadlineMs: TIMEOUT_MS, budget }
    const read = await readOneShot(stream, { ...limits, clock: this.#clock, signal })
    if (!read.ok) throw read.error
    stream.close({ signal }).catch((error: Error) => stream.abort(error))
    const { listenAddrs, protocols } = decodeIdentify(read.bytes)
    const addresses = listenAddrs.filter(({ length }) => length <= MAX_ADDRESS_BYTES).slice(0, MAX_ADDRESSES)
    const answer = {
      listenAddrs: addresses.flatMap(readAddress),
      protocols: protocols.filter(({ length }) => length <= MAX_PROTOCOL_LENGTH).slice(0, MAX_PROTOCOLS)
    }
    await this.#keep(connection.remotePeer, answer)
    return answer
  }

  /** For libp2p's own services, which read the peer store. */
  async #keep(peerId: PeerId, { listenAddrs, protocols }: Answer): Promise<void> {
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
    this.#queries.delete(detail.toString())
  }
}
