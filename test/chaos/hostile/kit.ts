import type { Socket } from 'node:net'
import { createKey } from '../../../src/index.js'
import { bareSocket, type Link, type LinkInit, securedLink, type Target } from './link.js'

/** What an attack knows and has; every value passes an IPC channel. */
export interface AttackSpec {
  readonly attack: string
  readonly target: Target
  /** Addresses from which it connects, in turn. */
  readonly sources: readonly string[]
  /** Pings of listed SPs, which anyone who has seen them may send again. */
  readonly pings: readonly Uint8Array[]
  /** A listed SP that has turned: keys of its operator and of the node that the list names. */
  readonly turned: { readonly operatorKey: Uint8Array; readonly nodeKey: Uint8Array }
}

export interface Attack {
  readonly name: string
  /** What is sent, and how often, from one address; from 64 addresses twice as often. */
  readonly shows: string
  /** The short form runs it: few seconds are enough to see what it does. */
  readonly isShort?: true
  /** Every SP of the list names its peer ids; otherwise most name none. */
  readonly isClosed?: true
  /** What must not happen once, as the tally calls it. */
  readonly never?: string
  /** Until the kit's signal aborts. */
  run(kit: Kit): Promise<void>
}

/** What happened, by a word: connections let in, refused, ended by the node, … */
export type Tally = Readonly<Record<string, number>>

export class Kit {
  readonly spec: AttackSpec
  readonly signal: AbortSignal
  readonly tally: Record<string, number> = {}
  readonly #open = new Set<{ end(): void }>()
  #pings = 0
  #sources = 0

  constructor(spec: AttackSpec, signal: AbortSignal) {
    this.spec = spec
    this.signal = signal
  }

  count(what: string, by = 1): void {
    this.tally[what] = (this.tally[what] ?? 0) + by
  }

  /** A ping of another SP each time. */
  ping(): Uint8Array {
    return this.spec.pings[this.#pings++ % this.spec.pings.length] ?? new Uint8Array(0)
  }

  async socket(): Promise<Socket | undefined> {
    const socket = await bareSocket(this.spec.target, this.#source()).catch(() => undefined)
    this.count(socket === undefined ? 'refused' : 'connected')
    if (socket !== undefined) this.#keep({ end: () => socket.destroy() })
    return socket
  }

  /** A fresh peer id unless a key is given; `undefined`: the node did not let it in. */
  async link(init: Partial<LinkInit> = {}): Promise<Link | undefined> {
    const onStream: LinkInit['onStream'] = (to, stream, data) => {
      this.count('bytes answered', data.length)
      init.onStream?.(to, stream, data)
    }
    const whole = { source: this.#source(), nodeKey: createKey(), muxed: true, ...init, onStream }
    const link = await securedLink(this.spec.target, whole).catch(() => undefined)
    this.count(link === undefined ? 'refused' : 'connected')
    if (link !== undefined) this.#keep(link)
    return link
  }

  /**
   * Acts at an even pace, and skips a turn while too many are under way. Resolves when the signal aborts.
   * @param perSecond from one address
   */
  async every(perSecond: number, act: () => Promise<void>, most = 64): Promise<void> {
    const rate = this.spec.sources.length > 1 ? 2 * perSecond : perSecond
    const running = new Set<Promise<void>>()
    const begin = (): void => {
      if (running.size >= most) return
      const one = act()
        .catch(() => this.count('failed'))
        .finally(() => running.delete(one))
      running.add(one)
    }
    begin()
    const timer = setInterval(begin, 1_000 / rate)
    await this.until()
    clearInterval(timer)
    this.end()
    await Promise.all(running)
  }

  /** Resolves after so many ms, or when the signal aborts. */
  async until(ms = Number.POSITIVE_INFINITY): Promise<void> {
    await new Promise<void>(resolve => {
      const timer = Number.isFinite(ms) ? setTimeout(resolve, ms) : undefined
      const onAbort = (): void => {
        clearTimeout(timer)
        resolve()
      }
      if (this.signal.aborted) onAbort()
      else this.signal.addEventListener('abort', onAbort, { once: true })
    })
  }

  end(): void {
    for (const one of this.#open) one.end()
    this.#open.clear()
  }

  #keep(one: { end(): void }): void {
    if (this.signal.aborted) one.end()
    else this.#open.add(one)
  }

  #source(): string {
    return this.spec.sources[this.#sources++ % this.spec.sources.length] ?? '127.0.0.1'
  }
}

/** One link that is opened anew whenever the node has ended it. */
export class LastingLink {
  readonly #kit: Kit
  readonly #init: Partial<LinkInit>
  readonly #greeting: ((link: Link) => Promise<void>) | undefined
  #link: Link | undefined

  /** @param greeting what is sent first on each new link */
  constructor(kit: Kit, init: Partial<LinkInit> = {}, greeting?: (link: Link) => Promise<void>) {
    this.#kit = kit
    this.#init = init
    this.#greeting = greeting
  }

  async get(): Promise<Link | undefined> {
    if (this.#link?.open === true) return this.#link
    if (this.#link !== undefined) this.#kit.count('ended by the node')
    this.#link = await this.#kit.link(this.#init)
    if (this.#link !== undefined) await this.#greeting?.(this.#link)
    return this.#link
  }
}
