import type { Alarms } from '../alarms.js'
import { MAX_HEIGHT_AGE_MS } from '../constants.js'
import type { Height } from '../domain/brands.js'
import { type HeightTrack, newTrack, readHeight } from '../domain/height-track.js'
import type { Clock } from '../kit/clock.js'
import type { ChainState } from './state-file.js'

export interface HeightOptions {
  /** The shortest block time the chain can have. */
  readonly minBlockTimeMs: number
  /** The source counts heights by a clock, with exactly this block time. Default: no. */
  readonly isCounted?: boolean
  /** Unix ms of the reading by the clock of the source; default: ours. */
  readonly wall?: number
}

/** The height of a connector: the last one believed, for as long as the source confirms it. */
export class GuardedHeight {
  readonly #source: string
  readonly #clock: Clock
  readonly #alarms: Alarms
  #track: HeightTrack = newTrack()
  /** When a reading last confirmed the height: monotonic ms, and Unix ms. */
  #readAt = 0
  #readWall = 0

  /** @param source for messages */
  constructor(source: string, clock: Clock, alarms: Alarms) {
    this.#source = source
    this.#clock = clock
    this.#alarms = alarms
  }

  get value(): Height | undefined {
    return this.#track.line?.value
  }

  /** Ms since the last confirmation; `undefined` before the first. */
  get ageMs(): number | undefined {
    return this.#track.line === undefined ? undefined : this.#clock.monotonic() - this.#readAt
  }

  get isTrusted(): boolean {
    return (this.ageMs ?? Number.POSITIVE_INFINITY) <= MAX_HEIGHT_AGE_MS
  }

  /** What must outlive the process. */
  get state(): Pick<ChainState, 'height' | 'gaps'> {
    const { line, stored, gaps } = this.#track
    return { height: line === undefined ? stored : { value: line.value, at: Math.round(this.#readWall) }, gaps }
  }

  recall({ height, gaps }: Pick<ChainState, 'height' | 'gaps'>): void {
    this.#track = newTrack(height, gaps)
  }

  /** @returns why the reading is not believed, where it is not */
  take(
    value: bigint,
    { minBlockTimeMs, isCounted = false, wall = this.#clock.now() }: HeightOptions
  ): { readonly refused: string | undefined } {
    const monotonic = this.#clock.monotonic()
    const { track, outcome, reason } = readHeight(this.#track, { value, wall, monotonic, minBlockTimeMs, isCounted })
    this.#track = track
    if (outcome === 'reject') {
      return { refused: `${this.#source}: ${reason}, not believed; if it is right: resetHeight()` }
    }
    this.#readAt = monotonic
    this.#readWall = wall
    if (outcome === 'accept') this.#alarms.clear('height')
    else {
      const message = `${this.#source}: ${reason}, the height stands still; if it is right: resetHeight()`
      this.#alarms.raise('height', message, { cause: outcome })
    }
    return { refused: undefined }
  }

  /** The next height is believed, whatever it is. */
  reset(): void {
    this.#track = newTrack()
    this.#alarms.clear('height')
  }
}
