const SLOTS = 60

/** Events of the last minute, counted by the second. */
export class MinuteCounter {
  readonly #counts = new Uint32Array(SLOTS)
  #second = 0
  #sum = 0

  /** @param nowMs monotonic */
  add(nowMs: number): number {
    this.#moveTo(nowMs)
    const slot = this.#second % SLOTS
    this.#counts[slot] = (this.#counts[slot] ?? 0) + 1
    return ++this.#sum
  }

  count(nowMs: number): number {
    this.#moveTo(nowMs)
    return this.#sum
  }

  #moveTo(nowMs: number): void {
    const second = Math.floor(nowMs / 1_000)
    const passed = Math.min(SLOTS, second - this.#second)
    for (let step = 1; step <= passed; step++) {
      const slot = (second - passed + step) % SLOTS
      this.#sum -= this.#counts[slot] ?? 0
      this.#counts[slot] = 0
    }
    if (passed > 0) this.#second = second
  }
}
