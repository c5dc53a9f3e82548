import type { Account } from '../../kit/fair-budget.js'

const FIRST_BYTES = 512

/**
 * Joins the chunks of one message under its cap. Chunks are copied into one growing buffer: a message that comes byte
 * by byte must not hold a frame object per byte. What it holds is taken from a budget shared by all messages.
 */
export class Collector {
  readonly #maxBytes: number
  readonly #budget: Account
  #buffer = new Uint8Array(0)
  #length = 0

  constructor(maxBytes: number, budget: Account) {
    this.#maxBytes = maxBytes
    this.#budget = budget
  }

  /** Why the chunk was not taken, if it was not. */
  add(data: Uint8Array | Iterable<Uint8Array>): 'oversize' | 'no-room' | undefined {
    const chunks = data instanceof Uint8Array ? [data] : [...data]
    const total = chunks.reduce((sum, chunk) => sum + chunk.length, this.#length)
    if (total > this.#maxBytes) return 'oversize'
    if (total > this.#buffer.length && !this.#grow(total)) return 'no-room'
    for (const chunk of chunks) {
      this.#buffer.set(chunk, this.#length)
      this.#length += chunk.length
    }
    return undefined
  }

  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length)
  }

  /** Gives the budget back; the bytes handed out stay good. */
  release(): void {
    this.#budget.release()
    this.#buffer = new Uint8Array(0)
    this.#length = 0
  }

  #grow(needed: number): boolean {
    const size = Math.min(this.#maxBytes, Math.max(needed, FIRST_BYTES, this.#buffer.length * 2))
    if (!this.#budget.take(size - this.#buffer.length)) return false
    const buffer = new Uint8Array(size)
    buffer.set(this.#buffer.subarray(0, this.#length))
    this.#buffer = buffer
    return true
  }
}
