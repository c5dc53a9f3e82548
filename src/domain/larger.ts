/** `Math.max` for big integers. */
export function larger(a: bigint, b: bigint): bigint {
  return a < b ? b : a
}
