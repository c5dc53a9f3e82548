import type { Clock, Timer } from '../kit/clock.js'

export interface PollerInit {
  readonly clock: Clock
  /** From the end of a reading to the next one. */
  readonly intervalMs: number | (() => number)
  /** One reading. It handles its own errors and ends soon after `signal` aborts. */
  readonly poll: (signal: AbortSignal) => Promise<void>
}

/** Reads again and again, one reading at a time. Restartable; after `stop()` no timer is left and nothing runs. */
export class Poller {
  readonly #init: PollerInit
  #controller: AbortController | undefined
  #timer: Timer | undefined
  #running: Promise<void> | undefined

  constructor(init: PollerInit) {
    this.#init = init
  }

  /** Resolves after the first reading. */
  async start(): Promise<void> {
    if (this.#controller !== undefined) return
    this.#controller = new AbortController()
    await this.now()
  }

  async stop(): Promise<void> {
    this.#controller?.abort()
    this.#controller = undefined
    this.#init.clock.clearTimeout(this.#timer)
    this.#timer = undefined
    await this.#running
  }

  /** A reading that begins after this call. Does nothing while stopped. */
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
      if (!signal.aborted) this.#timer = this.#init.clock.setTimeout(() => void this.now(), this.#intervalMs())
    }
  }

  #intervalMs(): number {
    const { intervalMs } = this.#init
    return typeof intervalMs === 'number' ? intervalMs : intervalMs()
  }
}
