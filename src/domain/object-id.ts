/** Largest `Uint` of the chain: 256 bits. */
const MAX_ID = (1n << 256n) - 1n
const CANONICAL = /^(0|[1-9]\d{0,77})$/

/**
 * An object id as the chain writes it: canonical decimal of at most 256 bits. The Go decoder also takes `007`, `+1`,
 * `0x10` and `1_000`; one id with many spellings would be many keys, so here they are refused.
 */
export const isCanonicalId = (id: string): boolean => CANONICAL.test(id) && BigInt(id) <= MAX_ID
