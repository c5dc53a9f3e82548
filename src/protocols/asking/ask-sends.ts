import type { PeerIdString, SpAddress } from '../../domain/brands.js'
import { answersForPace, paceOf, patience } from '../../domain/hedge.js'
import type { Candidate, Target } from '../../domain/selection.js'
import type { Clock, Timer } from '../../kit/clock.js'
import type { AskWires } from './ask-wires.js'
import type { Owed } from './stragglers.js'

/** Parallel dials of one ask: many dead nodes must not delay sends to live ones. */
const MAX_DIALS = 16

/** Whom one ask goes to. */
export interface AskPlan {
  readonly targets: readonly Target[]
  readonly isStraggler: (peerId: PeerIdString) => boolean
  /** Above the ask's own time no sibling is asked for silence. */
  readonly hedgeAfterMs: number
}

export interface AskSendsInit extends AskPlan {
  /** Approvals needed. While fewer SPs have answered or were asked, nodes that rest from failures are dialled too. */
  readonly min: number
  /** Approvals wanted. While at least this many SPs have a connected, responsive node, no node is dialled. */
  readonly max: number
  readonly timeoutMs: number
  readonly clock: Clock
  readonly wires: AskWires
  readonly onSent: (peerId: PeerIdString) => void
  readonly onFailed: (peerId: PeerIdString, error: unknown) => void
}

/** One SP's nodes, asked one after another until the SP has answered. */
interface Line {
  readonly target: Target
  next: number
  /** Monotonic ms of the last send to this SP; before the first one, of the start. */
  askedAt: number
  rttMs: number | undefined
  /** Nodes of it that were asked over a connection. */
  reached: number
  over: boolean
}

/**
 * Sends one ask: to one node per SP at once, to its sibling when the node stays silent or cannot be reached. SPs whose
 * best node was silent recently or is not connected follow one turn of the event loop later, so that they do not delay
 * the others.
 */
export class AskSends {
  readonly #init: AskSendsInit
  readonly #lines: readonly Line[]
  readonly #lineOf = new Map<SpAddress, Line>()
  readonly #sent = new Map<PeerIdString, { readonly at: number; readonly node: Candidate }>()
  readonly #latencies: number[] = []
  /** Of the latencies so far. */
  #pace: number | undefined
  readonly #toDial: { readonly line: Line; readonly node: Candidate }[] = []
  readonly #prompt: number
  #dialling = 0
  #timer: Timer | undefined
  #stopped = false

  constructor(init: AskSendsInit) {
    this.#init = init
    const askedAt = init.clock.monotonic()
    this.#lines = init.targets.map(target => ({ target, next: 0, askedAt, rttMs: undefined, reached: 0, over: false }))
    for (const line of this.#lines) if (line.target.sp !== undefined) this.#lineOf.set(line.target.sp, line)
    this.#prompt = this.#lines.filter(line => this.#isPrompt(line)).length
  }

  start(): void {
    const later: Line[] = []
    for (const line of this.#lines) {
      if (this.#isPrompt(line)) this.#askNext(line)
      if (!this.#isPrompt(line) || line.target.probe !== undefined) later.push(line)
    }
    if (later.length > 0) setImmediate(() => this.#startLater(later))
    this.#arm()
  }

  stop(): void {
    this.#stopped = true
    this.#toDial.length = 0
    this.#init.clock.clearTimeout(this.#timer)
  }

  /** The SP has answered, through this node: its other nodes are not needed. */
  answered(sp: SpAddress, peerId: PeerIdString): void {
    const line = this.#lineOf.get(sp)
    if (line !== undefined) line.over = true
    const sent = this.#sent.get(peerId)
    if (sent === undefined) return
    this.#latencies.push(this.#init.clock.monotonic() - sent.at)
    this.#pace = undefined
    if (this.#latencies.length === answersForPace(this.#prompt)) this.#arm()
  }

  /** When the node was asked, and how long it may take before it lags; `undefined` when it was not asked. */
  terms(peerId: PeerIdString): Omit<Owed, 'key'> | undefined {
    const sent = this.#sent.get(peerId)
    if (sent === undefined) return undefined
    const { sp, rttMs, connected } = sent.node
    return { sp, sentAt: sent.at, patienceMs: patience(this.#paceMs(), rttMs, this.#init.hedgeAfterMs), connected }
  }

  #startLater(lines: readonly Line[]): void {
    if (this.#stopped) return
    const toDial: Line[] = []
    for (const line of lines) {
      const { nodes, probe } = line.target
      if (probe !== undefined) this.#hand(probe)
      if (this.#isPrompt(line)) continue
      if (nodes[0]?.connected !== true) toDial.push(line)
      else {
        // Silent of late: its SP does not wait for it.
        this.#askNext(line)
        this.#askNext(line)
      }
    }
    if (this.#prompt < this.#init.max || !this.#hedges) {
      for (const line of toDial.sort((a, b) => this.#doubtIn(a) - this.#doubtIn(b))) this.#askNext(line)
    }
    this.#arm()
  }

  #askNext(line: Line): void {
    const node = line.target.nodes[line.next]
    if (node === undefined || line.over || this.#stopped) return
    line.next++
    line.askedAt = this.#init.clock.monotonic()
    line.rttMs = node.rttMs
    if (node.connected) this.#hand(node, line)
    else {
      this.#toDial.push({ line, node })
      this.#dial()
    }
  }

  #dial(): void {
    while (this.#dialling < MAX_DIALS) {
      const next = this.#toDial.shift()
      if (next === undefined) return
      if (next.line.over) continue
      this.#dialling++
      this.#hand(next.node, next.line, () => {
        this.#dialling--
        this.#dial()
      })
    }
  }

  /** Of the line's nodes the next is asked at once when this one cannot be reached. */
  #hand(node: Candidate, line?: Line, done?: () => void): void {
    const { clock, wires, onSent, onFailed } = this.#init
    this.#sent.set(node.peerId, { at: clock.monotonic(), node })
    onSent(node.peerId)
    const evenResting = !node.connected && this.#isShort
    if (line !== undefined && node.connected) line.reached++
    wires.send(node.peerId, { evenResting }).then(done, (error: unknown) => {
      if (this.#stopped) return
      if (line !== undefined && node.connected) line.reached--
      if (line !== undefined) this.#askNext(line)
      onFailed(node.peerId, error)
      done?.()
    })
  }

  /** One timer for all: at the earliest moment at which a sibling is to be asked. */
  #arm(): void {
    const { clock } = this.#init
    clock.clearTimeout(this.#timer)
    if (this.#stopped || !this.#hedges) return
    const pace = this.#paceMs()
    let next = Number.POSITIVE_INFINITY
    for (const line of this.#lines) if (hasMore(line)) next = Math.min(next, this.#dueAt(line, pace))
    if (next === Number.POSITIVE_INFINITY) return
    this.#timer = clock.setTimeout(() => {
      // Answers that came while the process was busy are read first.
      setImmediate(() => this.#askDue())
    }, next - clock.monotonic())
  }

  #askDue(): void {
    if (this.#stopped) return
    const now = this.#init.clock.monotonic()
    const pace = this.#paceMs()
    for (const line of this.#lines) if (hasMore(line) && this.#dueAt(line, pace) <= now) this.#askNext(line)
    this.#arm()
  }

  #dueAt({ askedAt, rttMs }: Line, pace: number | undefined): number {
    const { hedgeAfterMs } = this.#init
    return askedAt + Math.min(hedgeAfterMs, patience(pace, rttMs, hedgeAfterMs))
  }

  #paceMs(): number | undefined {
    this.#pace ??= paceOf(this.#latencies, this.#prompt)
    return this.#pace
  }

  get #hedges(): boolean {
    return this.#init.hedgeAfterMs < this.#init.timeoutMs
  }

  get #isShort(): boolean {
    return this.#lines.filter(({ over, reached }) => over || reached > 0).length < this.#init.min
  }

  #isPrompt({ target: { nodes } }: Line): boolean {
    const [first] = nodes
    return first?.connected === true && first.failures === 0 && !this.#init.isStraggler(first.peerId)
  }

  /** Sort key of dials: nodes with fewer failures first, stragglers last. */
  #doubtIn({ target: { nodes } }: Line): number {
    const [first] = nodes
    return first === undefined ? 0 : first.failures + (this.#init.isStraggler(first.peerId) ? 1 : 0)
  }
}

const hasMore = ({ target, next, over }: Line): boolean => !over && next < target.nodes.length
