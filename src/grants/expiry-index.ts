/** Keys by the height at which their promise runs out. A day of grants has far fewer heights than grants. */
export class ExpiryIndex {
  readonly #byHeight = new Map<bigint, Set<string>>()

  add(height: bigint, key: string): void {
    const keys = this.#byHeight.get(height)
    if (keys === undefined) this.#byHeight.set(height, new Set([key]))
    else keys.add(key)
  }

  delete(height: bigint, key: string): void {
    const keys = this.#byHeight.get(height)
    if (keys?.delete(key) === true && keys.size === 0) this.#byHeight.delete(height)
  }

  /** Takes out every key whose height lies below `height`. */
  takeBelow(height: bigint): string[] {
    const taken: string[] = []
    for (const [until, keys] of this.#byHeight) {
      if (until >= height) continue
      for (const key of keys) taken.push(key)
      this.#byHeight.delete(until)
    }
    return taken
  }
}
