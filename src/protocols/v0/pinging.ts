import type { Libp2pEvents } from '@libp2p/interface'
import { raceSignal } from 'race-signal'
import { pingDigests, pongDigests } from '../../codec/digest.js'
import { decodePing, decodePong } from '../../codec/task-codec.js'
import { ANSWER_PROTOCOL, ASK_PROTOCOL, PING_PROTOCOL, PONG_PROTOCOL } from '../../constants.js'
import type { PeerIdString, SpAddress } from '../../domain/brands.js'
import type { Ping, Pong } from '../../domain/task.js'
import { messageOf, UnreachableError } from '../../errors.js'
import { sharedAbort } from '../../kit/abort.js'
import type { Timer } from '../../kit/clock.js'
import { componentLogger } from '../../logger.js'
import type { Handled, Inbound } from '../door/inbox.js'
import { Claims } from './claims.js'
import type { WireParts } from './index.js'
import { OwnMessages } from './own-messages.js'
import { PingMeter, processCpu } from './ping-meter.js'
import { PingRounds } from './ping-rounds.js'
import { PongHints } from './pong-hints.js'

/** Share by which a round may come early or late, so that the nodes of a network do not ping in step. */
const JITTER = 0.2
/** Time in which most pongs of a round are in, ms; no more than this part of the period. */
const BURST_MS = 400
const BURST_PART = 0.4
/** A peer that pings speaks all of 0.0.1, even if identify ran before its handlers were registered. */
const SPOKEN = [PING_PROTOCOL, PONG_PROTOCOL, ASK_PROTOCOL, ANSWER_PROTOCOL]

interface Outstanding {
  readonly sentAt: number
  readonly waiters: Set<(rttMs: number) => void>
}

/** The pings and pongs of 0.0.1: they tell which SP a peer speaks for, and measure the round trip. */
export class Pinging {
  readonly #init: WireParts
  readonly #pings: Claims<Ping>
  readonly #pongs: Claims<Pong>
  readonly #own: OwnMessages
  readonly #meter: PingMeter
  readonly #rounds = new PingRounds()
  readonly #hints: PongHints
  readonly #outstanding = new Map<PeerIdString, Outstanding>()
  #controller = sharedAbort()
  #timer: Timer | undefined
  #burst: Timer | undefined

  constructor(init: WireParts) {
    this.#init = { ...init, logger: componentLogger(init.logger, 'protocols/v0/pinging') }
    const { limits, clock, allowPrivate } = init
    this.#own = new OwnMessages(init)
    this.#pings = new Claims(init, { decode: decodePing, digests: pingDigests })
    this.#pongs = new Claims(init, { decode: decodePong, digests: pongDigests })
    this.#meter = new PingMeter({ ...init, configuredMs: init.pingPeriodMs, cpu: processCpu })
    this.#hints = new PongHints({ maxNodes: limits.pongNodes, allowPrivate, clock })
  }

  start(): void {
    this.#controller = sharedAbort()
    if (this.#init.pingPeriodMs <= 0) return
    this.#init.host.events.addEventListener('peer:identify', this.#onIdentify)
    this.#schedule(0)
  }

  stop(): void {
    const { clock, host } = this.#init
    host.events.removeEventListener('peer:identify', this.#onIdentify)
    clock.clearTimeout(this.#timer)
    clock.clearTimeout(this.#burst)
    this.#controller.abort(new Error('the wire has stopped'))
    this.#outstanding.clear()
    this.#rounds.forget()
    this.#meter.stop()
    this.#own.forget()
  }

  /**
   * Pings a node now; resolves with the round trip in ms.
   * @throws UnreachableError when it cannot be reached or `signal` aborts first
   */
  async ping(peer: PeerIdString, options: { readonly signal: AbortSignal }): Promise<number> {
    const { signal } = options
    this.#expire()
    try {
      signal.throwIfAborted()
      const pong = new Promise<number>((resolve, reject) => {
        this.#send(peer, signal, resolve).catch(reject)
      })
      return await raceSignal(pong, signal)
    } catch (error) {
      throw new UnreachableError(`ping ${peer}: ${messageOf(error)}`, { cause: error })
    }
  }

  /** Inbound ping: a signature of a listed SP is answered, with a signed pong on a stream of its own. */
  async onPing(inbound: Inbound): Promise<Handled> {
    const { metrics, sender, logger } = this.#init
    const verdict = this.#pings.check(inbound)
    metrics.pingsReceived.inc({ result: verdict.ok ? 'ok' : verdict.why })
    if (!verdict.ok) return 'fault'
    this.#accepted(inbound, verdict.sp)
    const { from, connection, signal } = inbound
    this.#rounds.heard(from)
    this.#meter.answered()
    try {
      const pong = await this.#own.pong()
      await sender.send(from, PONG_PROTOCOL, pong, { signal, via: connection, dial: false })
    } catch (error) {
      logger.debug({ from, error: messageOf(error) }, 'pong not sent')
    }
    return 'done'
  }

  /** Inbound pong: counts when we asked that peer, once per ping. */
  onPong(inbound: Inbound): Handled {
    const { metrics, directory } = this.#init
    const { from } = inbound
    const outstanding = this.#outstanding.get(from)
    if (outstanding === undefined) {
      metrics.pingsReceived.inc({ result: 'unsolicited' })
      return 'fault'
    }
    const verdict = this.#pongs.check(inbound)
    metrics.pingsReceived.inc({ result: verdict.ok ? 'pong' : verdict.why })
    if (!verdict.ok) return 'fault'
    this.#outstanding.delete(from)
    const rttMs = Math.max(0, inbound.arrivedAt - outstanding.sentAt)
    metrics.pingRtt.observe(rttMs / 1_000)
    this.#rounds.answered(from)
    this.#accepted(inbound, verdict.sp)
    directory.contacted(from, { ok: true, rttMs })
    for (const waiter of outstanding.waiters) waiter(rttMs)
    const hints = this.#hints.read(from, verdict.message?.nodes ?? [])
    if (hints.length > 0) directory.hint(from, hints)
    return 'done'
  }

  /** A valid signature of a listed SP came from the peer. */
  #accepted({ from, connection }: Inbound, sp: SpAddress): void {
    const { sender, strangers, directory, announced } = this.#init
    sender.learn(connection, SPOKEN)
    strangers.promote(from, sp)
    directory.claim(from, sp)
    announced.shown(from, connection)
  }

  #schedule(delayMs: number): void {
    const { clock } = this.#init
    this.#timer = clock.setTimeout(() => {
      this.#round()
      this.#schedule(this.#meter.periodMs * (1 - JITTER + 2 * JITTER * Math.random()))
    }, delayMs)
  }

  /** Pings all connected peers that may speak the protocol, `parallelPings` at a time. */
  #round(): void {
    const { host, limits, sender, clock } = this.#init
    this.#expire()
    const speaking = host.connections().filter(connection => sender.speaks(connection, PING_PROTOCOL) !== false)
    const peers = [...new Set(speaking.map(({ remotePeer }) => remotePeer.toString() as PeerIdString))]
    this.#meter.roundBegins(peers.length)
    const due = this.#rounds.next(peers).filter(peer => !this.#outstanding.has(peer))
    this.#meter.roundSent(due.length)
    const next = due.values()
    const work = async (): Promise<void> => {
      for (const peer of next) await this.#pingQuietly(peer)
    }
    for (let lane = 0; lane < Math.min(limits.parallelPings, due.length); lane++) void work()
    clock.clearTimeout(this.#burst)
    const burstMs = Math.min(BURST_MS, this.#meter.periodMs * BURST_PART)
    this.#burst = clock.setTimeout(() => this.#meter.roundSettled(), burstMs)
  }

  /**
   * A peer that we dialled is pinged at once: it learns our SP from the ping, we learn its SP from the pong. A peer that
   * dialled us pings by itself, or is pinged in the next round.
   */
  readonly #onIdentify = ({ detail }: Libp2pEvents['peer:identify']): void => {
    if (!detail.protocols.includes(PING_PROTOCOL) || detail.connection.direction === 'inbound') return
    void this.#pingQuietly(detail.peerId.toString() as PeerIdString)
  }

  async #pingQuietly(peer: PeerIdString): Promise<void> {
    if (this.#outstanding.has(peer) || this.#controller.signal.aborted) return
    try {
      await this.#send(peer, this.#controller.signal)
    } catch (error) {
      this.#init.logger.debug({ peer, error: messageOf(error) }, 'ping not sent')
    }
  }

  async #send(peer: PeerIdString, signal: AbortSignal, waiter?: (rttMs: number) => void): Promise<void> {
    const { sender, clock, metrics, directory } = this.#init
    const running = this.#outstanding.get(peer)
    if (running !== undefined) {
      if (waiter !== undefined) running.waiters.add(waiter)
      return
    }
    // Taken before the first wait, so that one peer has one ping at a time.
    const outstanding = { sentAt: clock.monotonic(), waiters: new Set(waiter === undefined ? [] : [waiter]) }
    this.#outstanding.set(peer, outstanding)
    try {
      const bytes = await this.#own.ping()
      this.#outstanding.set(peer, { ...outstanding, sentAt: clock.monotonic() })
      await sender.send(peer, PING_PROTOCOL, bytes, { signal, dial: waiter !== undefined })
      metrics.pingsSent.inc({ result: 'ok' })
    } catch (error) {
      this.#outstanding.delete(peer)
      metrics.pingsSent.inc({ result: 'failed' })
      if (error instanceof UnreachableError && !signal.aborted) {
        directory.contacted(peer, { ok: false, error: error.message })
      }
      throw error
    }
  }

  /** Pings without a pong in time count against the peer. */
  #expire(): void {
    const { clock, limits, metrics, directory } = this.#init
    const now = clock.monotonic()
    for (const [peer, { sentAt }] of this.#outstanding) {
      if (now - sentAt < limits.pongMs) continue
      this.#outstanding.delete(peer)
      metrics.pingsSent.inc({ result: 'unanswered' })
      directory.contacted(peer, { ok: false, error: `no pong within ${limits.pongMs} ms` })
    }
  }
}
