import type { Connection } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import type { PeerIdString } from '../../domain/brands.js'
import type { Clock } from '../../domain/clock.js'
import type { Logger } from '../../logger.js'
import type { Metrics } from '../../metrics.js'
import type { DialFailure, PeerRecord } from '../../peers/index.js'
import type { P2PHost } from '../host/host.js'
import { DialBudget } from './dial-budget.js'
import { dialFailure } from './dial-failure.js'
import { isPromising, type Lane, Lanes, LOOK_AGAIN_MS } from './lanes.js'

/** A dial takes so long at most. */
const DIAL_MS = 5_000
/** An address of a node that failed before has so long to take the connection. */
const SUSPECT_MS = 2_000
/** libp2p's own, where a host does not tell. */
const PARALLEL_DIALS = 100
/** Of the dials a host works on at once; asks and the DHT need some. */
const SHARE = 0.6

export type DialOutcome =
  | { readonly outcome: 'ok'; readonly connection: Connection }
  | { readonly outcome: 'failed'; readonly kind: DialFailure; readonly error: string }
  /** Not the node's fault: its lane was wanted. */
  | { readonly outcome: 'gave-way' }
  /** Nobody wants it any more. */
  | { readonly outcome: 'cancelled' }

export interface DiallerInit {
  readonly host: P2PHost
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
}

interface Dial {
  readonly lane: Lane
  readonly anew: boolean
  readonly end: (why: 'gave-way' | 'cancelled') => void
  done: Promise<void>
}

/** Dials within budget and lanes, and tells how it went. */
export class Dialler {
  readonly #init: DiallerInit
  readonly #dials = new Map<PeerIdString, Dial>()
  #lanes: Lanes
  #budget: DialBudget

  constructor(init: DiallerInit) {
    this.#init = init
    this.#lanes = lanesOf(init.host)
    this.#budget = new DialBudget(init.clock.monotonic())
  }

  start(): void {
    this.#lanes = lanesOf(this.#init.host)
    this.#budget = new DialBudget(this.#init.clock.monotonic())
  }

  async stop(): Promise<void> {
    for (const dial of this.#dials.values()) dial.end('cancelled')
    await Promise.all([...this.#dials.values()].map(({ done }) => done))
  }

  /** Dials that may start now. */
  room(now: number): number {
    return Math.min(this.#lanes.room(now), this.#budget.left(now))
  }

  /** More are wanted than there is room for: silent dials give way. */
  press(wanted: number, now: number): void {
    this.#lanes.clear(wanted, now)
  }

  /** Monotonic ms at which it is worth asking for room again; a dial that ends makes room too. */
  nextRoomAt(now: number): number {
    return Math.max(now + LOOK_AGAIN_MS, this.#budget.nextAt(now))
  }

  isDialling(peerId: PeerIdString): boolean {
    return this.#dials.has(peerId)
  }

  /** It may well be connected soon. */
  isPromising(peerId: PeerIdString, now: number): boolean {
    const dial = this.#dials.get(peerId)
    return dial !== undefined && !dial.anew && isPromising(dial.lane, now)
  }

  /** Dials under way that prove a node which is connected already. */
  get proving(): number {
    let proving = 0
    for (const { anew } of this.#dials.values()) if (anew) proving++
    return proving
  }

  cancel(peerId: PeerIdString): void {
    this.#dials.get(peerId)?.end('cancelled')
  }

  /** @param options.suspect it failed before and gets less time */
  dial(record: PeerRecord, options: { readonly suspect: boolean; readonly anew: boolean }): Promise<DialOutcome> {
    const { clock } = this.#init
    const controller = new AbortController()
    let ended: 'gave-way' | 'cancelled' | 'silent' | undefined
    const end = (why: NonNullable<typeof ended>): void => {
      ended ??= why
      controller.abort(new Error(why))
    }
    const startedAt = clock.monotonic()
    const lane: Lane = { startedAt, reachedAt: undefined, giveWay: () => end('gave-way') }
    const silent = clock.setTimeout(() => end('silent'), options.suspect ? SUSPECT_MS : DIAL_MS)
    let bound = silent
    const onReached = (): void => {
      if (lane.reachedAt !== undefined) return
      lane.reachedAt = clock.monotonic()
      clock.clearTimeout(silent)
      bound = clock.setTimeout(() => end('silent'), DIAL_MS)
    }
    this.#lanes.enter(lane)
    this.#budget.take(startedAt)
    const outcome = this.#connect(record, { anew: options.anew, signal: controller.signal, onReached }).then(
      (connection): DialOutcome => ({ outcome: 'ok', connection }),
      (error: unknown): DialOutcome => {
        if (ended === 'gave-way' || ended === 'cancelled') return { outcome: ended }
        const silentMs = ended === 'silent' ? clock.monotonic() - startedAt : undefined
        const reached = lane.reachedAt === undefined ? 'nobody' : 'address'
        const failure = dialFailure(error, { reached, ...(silentMs !== undefined && { silentMs }) })
        return { outcome: 'failed', ...failure }
      }
    )
    const finished = outcome.then(result => {
      clock.clearTimeout(silent)
      clock.clearTimeout(bound)
      this.#dials.delete(record.peerId)
      const timedOut = result.outcome === 'failed' && result.kind === 'timeout'
      this.#lanes.leave(lane, timedOut ? 'timeout' : result.outcome === 'ok' ? 'ok' : 'failed', clock.monotonic())
      this.#told(record, result)
      return result
    })
    this.#dials.set(record.peerId, { lane, anew: options.anew, end, done: finished.then(() => undefined) })
    return finished
  }

  async #connect({ peerId, addresses }: PeerRecord, options: Parameters<P2PHost['connect']>[2]): Promise<Connection> {
    const targets = addresses.map(({ address }) => multiaddr(address))
    return await this.#init.host.connect(peerIdFromString(peerId), targets, options)
  }

  #told({ peerId }: PeerRecord, result: DialOutcome): void {
    const { metrics, logger } = this.#init
    metrics.dials.inc({ result: labelOf(result) })
    if (result.outcome === 'failed') logger.debug({ peerId, kind: result.kind, error: result.error }, 'dial failed')
  }
}

function labelOf(result: DialOutcome): string {
  if (result.outcome === 'ok') return 'ok'
  if (result.outcome === 'failed') return result.kind === 'other' ? 'failed' : result.kind
  return result.outcome === 'gave-way' ? 'timeout' : 'aborted'
}

const lanesOf = ({ parallelDials = PARALLEL_DIALS }: P2PHost): Lanes => new Lanes(Math.floor(parallelDials * SHARE))
