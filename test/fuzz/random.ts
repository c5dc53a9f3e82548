/** Random numbers that a seed repeats. */
export interface Random {
  /** A whole number from 0 to `limit` − 1. */
  below(limit: number): number
  pick<T>(list: readonly T[]): T
  bytes(length: number): Uint8Array
}

/** The generator mulberry32: 32 bits of state, good enough to vary inputs. */
export function random(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
  const below = (limit: number): number => Math.floor((next() / 2 ** 32) * limit)
  return {
    below,
    pick: <T>(list: readonly T[]): T => {
      const picked = list[below(list.length)]
      if (picked === undefined) throw new RangeError('pick: expected a list with elements')
      return picked
    },
    bytes: length => Uint8Array.from({ length }, () => next() & 0xff)
  }
}
