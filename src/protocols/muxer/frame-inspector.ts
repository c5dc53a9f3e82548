import type { Allowance } from './stream-allowance.js'

const HEADER_BYTES = 12
const TYPE_DATA = 0
const TYPE_WINDOW_UPDATE = 1
const FLAG_SYN = 1
/** Handling so much costs more than the frame or the encrypted message around it: only smaller ones are counted. */
const SMALL_BYTES = 512

/** Reads the headers of the Yamux frames that a peer sends, whatever the pieces in which they come. */
export class FrameInspector {
  readonly #maxFrameBytes: number
  readonly #allowance: Pick<Allowance, 'open' | 'mayFrame'>
  /** A header of which a part came in an earlier piece. */
  readonly #split = new Uint8Array(HEADER_BYTES)
  #filled = 0
  #skip = 0
  #small = 0
  #hasToWait = false

  /** @param maxFrameBytes the largest window we grant */
  constructor(maxFrameBytes: number, allowance: Pick<Allowance, 'open' | 'mayFrame'>) {
    this.#maxFrameBytes = maxFrameBytes
    this.#allowance = allowance
  }

  /** What follows the part that may pass is to wait. */
  get hasToWait(): boolean {
    return this.#hasToWait
  }

  /** How many bytes of an encrypted message may pass, or what is wrong with it. */
  passing(chunks: Iterable<Uint8Array>): number | string {
    this.#small = 0
    this.#hasToWait = false
    let passing = 0
    for (const chunk of chunks) {
      const verdict = this.#inChunk(chunk)
      if (typeof verdict === 'string') return verdict
      passing += verdict
      if (this.#hasToWait) break
    }
    if (passing < SMALL_BYTES) this.#small++
    const isFine = this.#small === 0 || this.#allowance.mayFrame(this.#small)
    return isFine ? passing : 'yamux: too many small frames at once'
  }

  #inChunk(chunk: Uint8Array): number | string {
    let at = 0
    while (at < chunk.length && !this.#hasToWait) {
      if (this.#skip > 0) {
        const step = Math.min(this.#skip, chunk.length - at)
        this.#skip -= step
        at += step
        continue
      }
      let fault: string | undefined
      if (this.#filled === 0 && chunk.length - at >= HEADER_BYTES) {
        fault = this.#begin(chunk, at)
        at += HEADER_BYTES
      } else {
        const part = chunk.subarray(at, at + HEADER_BYTES - this.#filled)
        this.#split.set(part, this.#filled)
        this.#filled += part.length
        at += part.length
        if (this.#filled < HEADER_BYTES) return at
        this.#filled = 0
        fault = this.#begin(this.#split, 0)
      }
      if (fault !== undefined) return fault
    }
    return at
  }

  /** A frame begins, with this header. */
  #begin(bytes: Uint8Array, at: number): string | undefined {
    const type = bytes[at + 1]
    if (type === TYPE_DATA) this.#skip = uint32At(bytes, at + 8)
    if (this.#skip < SMALL_BYTES) this.#small++
    if (this.#skip > this.#maxFrameBytes)
      return `yamux frame of ${this.#skip} bytes, at most ${this.#maxFrameBytes} expected`
    const opens = (type === TYPE_DATA || type === TYPE_WINDOW_UPDATE) && ((bytes[at + 3] ?? 0) & FLAG_SYN) !== 0
    if (!opens) return undefined
    const verdict = this.#allowance.open()
    this.#hasToWait = verdict === 'wait'
    return verdict === 'end' ? 'yamux: too many streams opened at once' : undefined
  }
}

const uint32At = (bytes: Uint8Array, at: number): number =>
  (((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)) >>> 0
