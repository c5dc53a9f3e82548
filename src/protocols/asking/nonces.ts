import type { Clock } from '../../kit/clock.js'
import type { ApprovalStore } from '../../store/index.js'

/** Key of the mark in the store: no object id looks like it. */
const MARK = '*'
/** Seconds the synced mark runs ahead, so that one sync serves many asks. Small, since it is lost at a crash. */
const MARK_STEP_SECONDS = 5n
const MAX_REMEMBERED = 65_536

/**
 * Create times as nonces: strictly higher than any used before for that object, across restarts. What is on disk is a
 * mark no stamp has passed yet; after a restart every object starts above it.
 */
export class Nonces {
  readonly #last = new Map<string, bigint>()
  readonly #store: Pick<ApprovalStore, 'lastCreateTime' | 'putCreateTime'>
  readonly #clock: Clock
  #floor = 0n
  #mark = 0n
  #syncing: Promise<void> = Promise.resolve()

  constructor(store: Pick<ApprovalStore, 'lastCreateTime' | 'putCreateTime'>, clock: Clock) {
    this.#store = store
    this.#clock = clock
  }

  async start(): Promise<void> {
    this.#mark = (await this.#store.lastCreateTime(MARK)) ?? 0n
    this.#floor = this.#mark
    this.#last.clear()
  }

  /** The create time of a new ask for the object, Unix seconds; durable when it resolves. */
  async stamp(objectId: string): Promise<bigint> {
    const now = BigInt(Math.floor(this.#clock.now() / 1000))
    const used = this.#last.get(objectId) ?? this.#floor
    const time = now > used ? now : used + 1n
    this.#remember(objectId, time)
    while (time > this.#mark) await this.#raise(time + MARK_STEP_SECONDS)
    return time
  }

  #raise(mark: bigint): Promise<void> {
    this.#syncing = this.#syncing
      .catch(() => undefined)
      .then(async () => {
        if (mark <= this.#mark) return
        await this.#store.putCreateTime(MARK, mark)
        this.#mark = mark
      })
    return this.#syncing
  }

  #remember(objectId: string, time: bigint): void {
    this.#last.delete(objectId)
    this.#last.set(objectId, time)
    if (this.#last.size <= MAX_REMEMBERED) return
    const [oldest] = this.#last
    if (oldest === undefined) return
    this.#last.delete(oldest[0])
    if (oldest[1] > this.#floor) this.#floor = oldest[1]
  }
}
