import type { Clock, Timer } from '../../kit/clock.js'

/** How long a message waits for its signature, ms. */
const WAIT_MS = 5_000
/** After which a signer that has not answered is asked once more, ms. */
const HUNG_MS = 60_000

interface Waiter {
  readonly resolve: (bytes: Uint8Array) => void
  readonly reject: (error: unknown) => void
  readonly timer: Timer
}

/**
 * A message that a signer, perhaps a remote one, makes. The signer is asked once at a time, and whoever waits for it does
 * so within a bound: a signer that never answers must not collect waiting callers.
 */
export class SignatureCache {
  readonly #clock: Clock
  readonly #waiting = new Set<Waiter>()
  #bytes: Uint8Array | undefined
  #stale = false
  /** The signer's turn that counts: what comes of an earlier one is dropped. */
  #turn: { readonly since: number; outdated: boolean } | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** What was made, or what `make` makes now. Rejects with the signer's error, or when it takes too long. */
  get(make: () => Promise<Uint8Array>): Promise<Uint8Array> {
    if (this.#bytes === undefined || this.#stale) this.#begin(make)
    if (this.#bytes !== undefined) return Promise.resolve(this.#bytes)
    return new Promise((resolve, reject) => {
      const timer = this.#clock.setTimeout(() => {
        this.#waiting.delete(waiter)
        reject(new DOMException(`no signature within ${WAIT_MS} ms`, 'TimeoutError'))
      }, WAIT_MS)
      const waiter: Waiter = { resolve, reject, timer }
      this.#waiting.add(waiter)
    })
  }

  /** What is to be signed has changed; the old one is told until the new one is there. */
  renew(): void {
    this.#stale = true
    if (this.#turn !== undefined) this.#turn.outdated = true
  }

  forget(): void {
    this.#bytes = undefined
    this.#stale = false
    this.#turn = undefined
    this.#end(({ reject }) => reject(new Error('the wire has stopped')))
  }

  #begin(make: () => Promise<Uint8Array>): void {
    const now = this.#clock.monotonic()
    if (this.#turn !== undefined && now - this.#turn.since < HUNG_MS) return
    const turn = { since: now, outdated: false }
    this.#turn = turn
    new Promise<Uint8Array>(resolve => resolve(make())).then(
      bytes => {
        if (this.#turn !== turn) return
        this.#turn = undefined
        this.#bytes = bytes
        this.#stale = turn.outdated
        this.#end(({ resolve }) => resolve(bytes))
      },
      (error: unknown) => {
        if (this.#turn !== turn) return
        this.#turn = undefined
        this.#end(({ reject }) => reject(error))
      }
    )
  }

  #end(tell: (waiter: Waiter) => void): void {
    for (const waiter of [...this.#waiting]) {
      this.#waiting.delete(waiter)
      this.#clock.clearTimeout(waiter.timer)
      tell(waiter)
    }
  }
}
