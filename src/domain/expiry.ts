import type { Height } from './brands.js'

const UINT64_MAX = (1n << 64n) - 1n
const UINT32_SPAN = 1n << 32n
const MIB = 1n << 20n

/**
 * Blocks an approval must live for the transfer of the object's pieces: integer division in 64 bits,
 * `payload / (chunks + 1) / 1 MiB / 8 + 100`. `undefined` where the Go node divides by zero: 2^32 − 1 chunks.
 *
 * @param payloadSize bytes
 * @param redundantDataChunkNum unsigned 32 bit
 */
export function lifeBlocks(payloadSize: bigint, redundantDataChunkNum: number): bigint | undefined {
  const divisor = (BigInt(redundantDataChunkNum) + 1n) % UINT32_SPAN
  if (divisor === 0n) return undefined
  return (payloadSize / divisor / MIB / 8n + 100n) & UINT64_MAX
}

/** Height at which an approval given now runs out; `undefined` as in {@link lifeBlocks} or past 64 bits. */
export function expiredHeight(
  now: Height,
  payloadSize: bigint,
  redundantDataChunkNum: number,
  configuredBlocks: bigint
): Height | undefined {
  const life = lifeBlocks(payloadSize, redundantDataChunkNum)
  if (life === undefined) return undefined
  const until = now + (life > configuredBlocks ? life : configuredBlocks)
  return until > UINT64_MAX ? undefined : (until as Height)
}
