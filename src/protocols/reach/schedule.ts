import { retryDelayMs } from '../../domain/backoff.js'
import type { PeerIdString } from '../../domain/brands.js'
import { BoundedMap } from '../../kit/bounded-map.js'

/** Nodes whose failures are remembered, also of those that the book has forgotten and may hear of again. */
const REMEMBERED = 65_536
/** A connection that ends sooner was no success: it was refused after the handshake, or serves nobody. */
const SHORT_MS = 10_000

interface Entry {
  /** In a row; what the book kept over a restart counts. */
  readonly failures: number
  readonly failingSince: number
  readonly dueAt: number
  readonly connectedAt?: number
}

export interface ScheduleInit {
  readonly zombieAfter: number
  readonly random: () => number
}

/** When each node may be dialled again. Time is monotonic ms. */
export class Schedule {
  readonly #init: ScheduleInit
  readonly #entries = new BoundedMap<PeerIdString, Entry>(REMEMBERED)

  constructor(init: ScheduleInit) {
    this.#init = init
  }

  /** 0 for who never failed here: a start tries everybody once. */
  dueAt(peerId: PeerIdString): number {
    return this.#entries.peek(peerId)?.dueAt ?? 0
  }

  hasFailed(peerId: PeerIdString): boolean {
    return (this.#entries.peek(peerId)?.failures ?? 0) > 0
  }

  connectedAt(peerId: PeerIdString): number | undefined {
    return this.#entries.peek(peerId)?.connectedAt
  }

  /** @param known failures in a row that the book knows of */
  failed(peerId: PeerIdString, known: number, now: number): void {
    const entry = this.#entries.peek(peerId)
    const failures = Math.max(entry?.failures ?? 0, known) + 1
    const failingSince = entry === undefined || entry.failures === 0 ? now : entry.failingSince
    const dueAt = now + retryDelayMs(failures, this.#init.zombieAfter, this.#init.random())
    this.#entries.set(peerId, { failures, failingSince, dueAt })
  }

  connected(peerId: PeerIdString, now: number): void {
    const { failures = 0, failingSince = now } = this.#entries.peek(peerId) ?? {}
    this.#entries.set(peerId, { failures, failingSince, dueAt: 0, connectedAt: now })
  }

  disconnected(peerId: PeerIdString, now: number): void {
    const entry = this.#entries.peek(peerId)
    if (entry?.connectedAt !== undefined && now - entry.connectedAt < SHORT_MS) this.failed(peerId, 0, now)
    else this.#entries.delete(peerId)
  }

  /** It is connected and answers nothing: once it is hung up it is left alone like any zombie. */
  mute(peerId: PeerIdString, now: number): void {
    const failures = this.#init.zombieAfter - 1
    this.#entries.set(peerId, { failures, failingSince: now, dueAt: now, connectedAt: now })
  }

  /** Its back-off is over; since when it is connected stays known. */
  due(peerId: PeerIdString): void {
    const entry = this.#entries.peek(peerId)
    if (entry?.connectedAt === undefined) this.#entries.delete(peerId)
    else this.#entries.set(peerId, { ...entry, failures: 0, dueAt: 0 })
  }

  /** Ends the back-off of all that began to fail within this time. */
  release(from: number, to: number): void {
    for (const peerId of [...this.#entries.keys()]) {
      const entry = this.#entries.peek(peerId)
      if (entry === undefined || entry.connectedAt !== undefined || entry.failures === 0) continue
      if (entry.failingSince >= from && entry.failingSince <= to) this.#entries.delete(peerId)
    }
  }

  clear(): void {
    this.#entries.clear()
  }
}
