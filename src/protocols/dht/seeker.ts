import type { SpRegistry } from '../../chain/index.js'
import type { PeerIdString, SpAddress } from '../../domain/brands.js'
import { inService, type SpEntry } from '../../domain/registry.js'
import { messageOf, SpApprovalError } from '../../errors.js'
import { sharedAbort } from '../../kit/abort.js'
import { BoundedMap } from '../../kit/bounded-map.js'
import { type Clock, type Timer, withDeadline } from '../../kit/clock.js'
import { componentLogger, type Logger } from '../../logger.js'
import type { HintedNode, PeerDirectory, PeerRecord } from '../../peers/index.js'
import type { Discovery } from '../host/host.js'
import {
  isAsked,
  leavesOpen,
  MISSED_MS,
  missing,
  nextLookMs,
  nextRecordMs,
  type SpNeed,
  underWay,
  whatToLookFor
} from './seeking.js'

const TICK_MS = 1_000
const LOOKUP_MS = 10_000
const ASK_MS = 10_000
const RECORD_MS = 30_000
/** Nodes reported to the peer book per SP and lookup. */
const MAX_FOUND = 16
/** Other nodes that DHT messages named, reported at a time. */
const MAX_HEARD = 4
/** A node is not reported again within this time, ms: the book has tried and forgotten it. */
const TOLD_MS = 10 * 60_000
const TOLD = 4_096

interface Look {
  readonly at: number
  readonly tries: number
}

export interface SeekerInit {
  readonly discovery: Discovery
  readonly directory: PeerDirectory
  readonly registry: SpRegistry
  readonly self: { readonly sp: SpAddress; readonly peerId: PeerIdString }
  /** Nodes of an SP that are to be connected. */
  readonly targetPerSp: number
  readonly clock: Clock
  readonly logger: Logger
  /** A number in [0, 1). */
  readonly random?: () => number
}

/** Looks in the DHT for SPs that have too few connected nodes, and keeps our own record there. */
export class Seeker {
  readonly #init: SeekerInit
  /** Since when an SP has had no reachable node, monotonic ms. */
  readonly #missed = new Map<SpAddress, number>()
  #awake = false
  readonly #looks = new Map<SpAddress, Look>()
  readonly #told = new BoundedMap<PeerIdString, number>(TOLD)
  readonly #running = new Set<Promise<void>>()
  #record = { at: 0, told: 0, failures: 0, running: false }
  #lookingUp = false
  #asking = false
  #stopping = sharedAbort()
  #timer: Timer | undefined

  constructor(init: SeekerInit) {
    this.#init = { ...init, logger: componentLogger(init.logger, 'protocols/dht/seeker') }
  }

  start(): void {
    this.#stopping = sharedAbort()
    this.#record = { at: 0, told: 0, failures: 0, running: false }
    this.#tick()
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the seeker has stopped'))
    this.#init.clock.clearTimeout(this.#timer)
    await Promise.all(this.#running)
    this.#looks.clear()
    this.#missed.clear()
    this.#awake = false
    this.#told.clear()
  }

  #tick(): void {
    const { clock } = this.#init
    clock.clearTimeout(this.#timer)
    this.#timer = clock.setTimeout(() => this.#tick(), TICK_MS)
    const entries = this.#entries()
    if (entries === undefined) return
    const records = this.#init.directory.list()
    const connected = new Map<SpAddress, number>()
    for (const record of records) {
      if (record.connected && record.sp) connected.set(record.sp, (connected.get(record.sp) ?? 0) + 1)
    }
    if (!this.#isNeeded(entries, connected)) return
    this.#wake()
    // Without a connected peer there is nobody to ask.
    if (!records.some(record => record.connected)) return
    this.#keepRecord()
    this.#lookForMissing(entries, records, connected)
  }

  /** Once awake, it stays awake: others may rely on the records we keep. */
  #isNeeded(entries: readonly SpEntry[], connected: ReadonlyMap<SpAddress, number>): boolean {
    const { self, clock } = this.#init
    if (this.#awake || leavesOpen(entries)) return true
    const now = clock.monotonic()
    const missed = missing(entries, sp => connected.has(sp), self).map(sp => [sp, this.#missed.get(sp) ?? now] as const)
    this.#missed.clear()
    for (const [sp, since] of missed) this.#missed.set(sp, since)
    return missed.some(([, since]) => now - since >= MISSED_MS)
  }

  #wake(): void {
    const { discovery, logger } = this.#init
    if (this.#awake) return
    this.#awake = true
    const waking = discovery.wake?.()
    waking?.catch((error: unknown) => logger.warn({ error: messageOf(error) }, 'the DHT did not start'))
  }

  #lookForMissing(
    entries: readonly SpEntry[],
    records: readonly PeerRecord[],
    connected: ReadonlyMap<SpAddress, number>
  ): void {
    const { targetPerSp, self, clock, discovery, random = Math.random } = this.#init
    const others = entries.filter(entry => inService(entry) && entry.operatorAddress !== self.sp)
    const needs = whatToLookFor(others, connected, targetPerSp)
    const now = clock.monotonic()
    const needed = new Set(needs.map(({ sp }) => sp))
    for (const sp of this.#looks.keys()) if (!needed.has(sp)) this.#looks.delete(sp)
    const plan = ({ sp, connected }: SpNeed, tries: number): Look => {
      const look = { at: now + nextLookMs(tries, connected > 0, random()), tries }
      this.#looks.set(sp, look)
      return look
    }
    const lookOf = (need: SpNeed): Look => this.#looks.get(need.sp) ?? plan(need, 0)
    const { untried, awaited } = underWay(records, connected, clock.now(), targetPerSp)
    const due = needs.filter(need => !awaited.has(need.sp) && lookOf(need).at <= now)
    const asked = discovery.ask === undefined ? [] : due.filter(need => isAsked(lookOf(need).tries))
    if (asked.length > 0 && !this.#asking) {
      for (const need of asked) plan(need, lookOf(need).tries + 1)
      this.#run(() => this.#ask(asked))
    }
    // An untried hint may be the missing node; a walk costs more than a dial.
    if (untried) return
    for (const need of due) {
      if (asked.includes(need) || this.#lookingUp) continue
      plan(need, lookOf(need).tries + 1)
      this.#run(() => this.#lookFor(need))
    }
    // Asked for twice, and nobody around keeps a record of it: any other node that the DHT told of may be one of its own.
    if (needs.some(need => need.connected === 0 && lookOf(need).tries > 1))
      this.#report(discovery.known().toReversed(), MAX_HEARD)
  }

  /** Asks a connected peer for all of them at once. */
  async #ask(needs: readonly SpNeed[]): Promise<void> {
    const { discovery, self, logger } = this.#init
    const sps = needs.map(({ sp }) => sp)
    let found = 0
    this.#asking = true
    const failure = await this.#failureWithin(ASK_MS, async signal => {
      for await (const nodes of discovery.ask?.(sps, { self: self.sp, signal }) ?? []) {
        this.#report(nodes, nodes.length)
        found += nodes.length
      }
    })
    this.#asking = false
    const text = failure === undefined ? 'asked connected nodes for SPs' : 'a node did not tell of SPs'
    logger.debug({ sps: sps.length, found, ...failure }, text)
  }

  async #lookFor({ sp, connected }: SpNeed): Promise<void> {
    const { discovery, logger } = this.#init
    let found = 0
    this.#lookingUp = true
    const failure = await this.#failureWithin(LOOKUP_MS, async signal => {
      for await (const nodes of discovery.find(sp, { signal })) {
        this.#report(nodes, MAX_FOUND)
        found += nodes.length
        // A peer that keeps records of an SP keeps most of them; only further nodes need the whole walk.
        if (connected === 0 || found >= MAX_FOUND) break
      }
    })
    this.#lookingUp = false
    const text = failure === undefined ? 'looked for an SP in the DHT' : 'DHT lookup failed'
    logger.debug({ sp, found, ...failure }, text)
    // Look for the next SP.
    if (!this.#stopping.signal.aborted) this.#tick()
  }

  /** Sends our record periodically, soon again after the first time, as the network may be forming. */
  #keepRecord(): void {
    const { clock, discovery, self, logger, random = Math.random } = this.#init
    const record = this.#record
    if (record.running || record.at > clock.monotonic()) return
    record.running = true
    this.#run(async () => {
      const failure = await this.#failureWithin(RECORD_MS, signal => discovery.provide(self.sp, { signal }))
      if (failure !== undefined) logger.debug(failure, 'our record did not get into the DHT')
      else record.told++
      record.failures = failure === undefined ? 0 : record.failures + 1
      record.running = false
      record.at = clock.monotonic() + nextRecordMs(record.told, record.failures, random())
    })
  }

  /** Runs work until its deadline in ms or our stop. @returns why it failed, for the log */
  async #failureWithin(
    ms: number,
    work: (signal: AbortSignal) => Promise<void>
  ): Promise<{ readonly error: string } | undefined> {
    try {
      await withDeadline(this.#init.clock, ms, this.#stopping.signal, work)
      return undefined
    } catch (error) {
      return { error: messageOf(error) }
    }
  }

  #report(nodes: readonly HintedNode[], most: number): void {
    const { directory, clock } = this.#init
    const now = clock.monotonic()
    const isNews = ({ peerId }: HintedNode): boolean => {
      if (directory.get(peerId)?.connected === true) return false
      return now - (this.#told.peek(peerId) ?? Number.NEGATIVE_INFINITY) >= TOLD_MS
    }
    const news = nodes.filter(isNews).slice(0, most)
    if (news.length === 0) return
    for (const { peerId } of news) this.#told.set(peerId, now)
    directory.hint('dht', news)
  }

  #run(work: () => Promise<void>): void {
    const running = work().finally(() => this.#running.delete(running))
    this.#running.add(running)
  }

  #entries(): readonly SpEntry[] | undefined {
    try {
      return this.#init.registry.list()
    } catch (error) {
      if (error instanceof SpApprovalError) return undefined
      throw error
    }
  }
}
