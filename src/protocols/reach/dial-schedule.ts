import { retryDelayMs } from '../../domain/backoff.js'
import type { PeerIdString } from '../../domain/brands.js'
import { BoundedMap } from '../../kit/bounded-map.js'

/** Nodes whose failures are remembered, also of those that the book has forgotten and may hear of again. */
const REMEMBERED = 65_536
/** A connection that ends sooner was no success: it was refused after the handshake, or serves nobody. */
const SHORT_MS = 10_000

/** A node that refused us may only have an older list than we: it is tried again so soon, for a minute. */
const REFUSED_MS = 5_000
const REFUSED_TRIES = 12

interface Entry {
  /** In a row; those that the book kept over a restart included. */
  readonly failures: number
  readonly failingSince: number
  readonly failedAt?: number
  readonly dueAt: number
  readonly connectedAt?: number | undefined
}

export interface DialScheduleInit {
  readonly zombieAfter: number
  /** A number in [0, 1). */
  readonly random: () => number
}

/** When each node may be dialled again, whoever wants to: one back-off for all dials. Time is monotonic ms. */
export class DialSchedule {
  readonly #init: DialScheduleInit
  readonly #entries = new BoundedMap<PeerIdString, Entry>(REMEMBERED)

  constructor(init: DialScheduleInit) {
    this.#init = init
  }

  /** 0 for a node that never failed here: a start tries every node once. */
  dueAt(peerId: PeerIdString): number {
    return this.#entries.peek(peerId)?.dueAt ?? 0
  }

  /** How long ago the last dial failed, ms. */
  sinceFailure(peerId: PeerIdString, now: number): number {
    return now - (this.#entries.peek(peerId)?.failedAt ?? Number.NEGATIVE_INFINITY)
  }

  hasFailed(peerId: PeerIdString): boolean {
    return (this.#entries.peek(peerId)?.failures ?? 0) > 0
  }

  connectedAt(peerId: PeerIdString): number | undefined {
    return this.#entries.peek(peerId)?.connectedAt
  }

  /** A dial failed. @param known failures in a row that the book knows of */
  failed(peerId: PeerIdString, known: number, now: number, atMostMs = Number.POSITIVE_INFINITY): void {
    const entry = this.#entries.peek(peerId)
    const failures = Math.max(entry?.failures ?? 0, known) + 1
    const failingSince = entry === undefined || entry.failures === 0 ? now : entry.failingSince
    const delayMs = retryDelayMs(failures, this.#init.zombieAfter, this.#init.random())
    const dueAt = now + Math.min(atMostMs, delayMs)
    this.#entries.set(peerId, { failures, failingSince, failedAt: now, dueAt, connectedAt: entry?.connectedAt })
  }

  /** The node is tried at an address that is new, and its last failure says nothing about that one. */
  hurry(peerId: PeerIdString, now: number): void {
    const entry = this.#entries.peek(peerId)
    if (entry !== undefined)
      this.#entries.set(peerId, { ...entry, failures: Math.max(0, entry.failures - 1), dueAt: now })
  }

  /** The node has an address that does not answer, or takes connections and is mute: it waits like a zombie. */
  leaveAlone(peerId: PeerIdString, now: number): void {
    this.failed(peerId, this.#init.zombieAfter - 1, now)
  }

  connected(peerId: PeerIdString, now: number): void {
    const { failures = 0, failingSince = now } = this.#entries.peek(peerId) ?? {}
    this.#entries.set(peerId, { failures, failingSince, dueAt: 0, connectedAt: now })
  }

  disconnected(peerId: PeerIdString, now: number): void {
    const entry = this.#entries.peek(peerId)
    if (entry?.connectedAt === undefined) return
    this.#entries.delete(peerId)
    if (now - entry.connectedAt >= SHORT_MS) return
    this.failed(peerId, entry.failures, now, entry.failures < REFUSED_TRIES ? REFUSED_MS : undefined)
  }

  /** Ends the back-off of a node; since when it is connected stays known. */
  due(peerId: PeerIdString): void {
    const entry = this.#entries.peek(peerId)
    if (entry?.connectedAt === undefined) this.#entries.delete(peerId)
    else this.#entries.set(peerId, { ...entry, failures: 0, dueAt: 0 })
  }

  /** Ends the back-off of all nodes that began to fail within this time. */
  release(from: number, to: number): void {
    for (const peerId of [...this.#entries.keys()]) {
      const entry = this.#entries.peek(peerId)
      if (entry === undefined || entry.connectedAt !== undefined || entry.failures === 0) continue
      if (entry.failingSince >= from && entry.failingSince <= to) this.#entries.delete(peerId)
    }
  }

  forget(peerId: PeerIdString): void {
    this.#entries.delete(peerId)
  }

  clear(): void {
    this.#entries.clear()
  }
}
