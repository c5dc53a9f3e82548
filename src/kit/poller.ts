import type { Clock, Timer } from './clock.js'

export interface PollerInit {
  readonly clock: Clock
  /** From the end of a run to the next one. */
  readonly intervalMs: number | (() => number)
  /** One run. It handles its own errors and ends soon after `signal` aborts. */
  readonly poll: (signal: AbortSignal) => Promise<void> | void
  /** Whether `start()` runs at once (default) or the first run comes after one interval. */
  readonly atOnce?: boolean
}

/** Does the same work again and again, one run at a time. Restartable; after `stop()` no timer is left, nothing runs. */
export class Poller {
  readonly #init: PollerInit
  #controller: AbortController | undefined
  #timer: Timer | undefined
  #running: Promise<void> | undefined

  constructor(init: PollerInit) {
    this.#init = init
  }

  /** Resolves after the first run where that happens at once. */
  async start(): Promise<void> {
    if (this.#controller !== undefined) return
    this.#controller = new AbortController()
    if (this.#init.atOnce ?? true) await this.now()
    else this.#schedule()
  }

  async stop(): Promise<void> {
    this.#controller?.abort()
    this.#controller = undefined
    this.#init.clock.clearTimeout(this.#timer)
    this.#timer = undefined
    await this.#running
  }

  /** A run that begins after this call. Does nothing while stopped. */
  async now(): Promise<void> {
    const controller = this.#controller
    while (this.#running !== undefined) await this.#running
    if (controller === undefined || controller.signal.aborted) return
    this.#init.clock.clearTimeout(this.#timer)
    this.#running = this.#once(controller.signal)
    await this.#running
  }

  async #once(signal: AbortSignal): Promise<void> {
    try {
      await this.#init.poll(signal)
    } finally {
      this.#running = undefined
      if (!signal.aborted) this.#schedule()
    }
  }

  #schedule(): void {
    const { clock, intervalMs } = this.#init
    const ms = typeof intervalMs === 'number' ? intervalMs : intervalMs()
    this.#timer = clock.setTimeout(() => void this.now(), ms)
  }
}
