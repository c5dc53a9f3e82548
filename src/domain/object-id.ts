/** Largest `Uint` of the chain: 256 bits. */
const MAX_ID = (1n << 256n) - 1n
const CANONICAL = /^(0|[1-9]\d{0,77})$/

/**
 * An object id as the chain writes it: canonical decimal of at most 256 bits. The Go decoder also takes `007`, `+1`,
 * `0x10` and `1_000`; one id with many spellings would be many keys, so here they are refused.
 */
export const isCanonicalId = (id: string): boolean => CANONICAL.test(id) && BigInt(id) <= MAX_ID

/**
 * Whether an ask on the 0.0.1 wire may name this id. From 2^64 on it ends the process of every Go node that reads it
 * (`Uint64() out of bound`), and the chain counts its objects from 1: no honest ask has one.
 */
export const isSafeForGo = (id: string): boolean => BigInt(id === '' ? '0' : id) < 1n << 64n
