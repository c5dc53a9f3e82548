import type { SpAddress } from '../domain/brands.js'
import type { Holdings } from '../domain/grant.js'

/** What one (asker, object) holds: capacity is the larger of its live grant and the promise being written. */
export interface Share {
  /** Capacity, bytes. */
  readonly bytes: bigint
  readonly grants: number
  /** Bytes of the records kept in memory. */
  readonly recordBytes: number
}

const NOTHING: Share = { bytes: 0n, grants: 0, recordBytes: 0 }

/**
 * Answers stay in memory with their records, so that the same ask gets the same answer. 65,536 grants of the usual 1 KiB
 * need 64 MiB; an answer may have 64 KiB, so the number of grants alone is no bound.
 */
const MAX_RECORD_BYTES = 256 * 1024 * 1024
const MAX_RECORD_BYTES_PER_ASKER = MAX_RECORD_BYTES / 4

/** Running totals, in all and per asker. A share replaces the one before, so that nothing counts twice. */
export class Account {
  #total = NOTHING
  readonly #askers = new Map<SpAddress, Share>()

  get total(): Share {
    return this.#total
  }

  ofAsker(asker: SpAddress): Share {
    return this.#askers.get(asker) ?? NOTHING
  }

  /** What is held without `share`, which a new ask for the same object would replace. */
  without(asker: SpAddress, share: Share): Holdings {
    const held = this.ofAsker(asker)
    return {
      totalBytes: this.#total.bytes - share.bytes,
      totalGrants: this.#total.grants - share.grants,
      askerBytes: held.bytes - share.bytes,
      askerGrants: held.grants - share.grants
    }
  }

  /** Why a record of this size does not fit beside those kept already. */
  tooManyRecords(asker: SpAddress, recordBytes: number): string | undefined {
    const all = this.#total.recordBytes
    if (all + recordBytes > MAX_RECORD_BYTES) return `records: ${all} bytes kept, ${MAX_RECORD_BYTES} allowed`
    const own = this.ofAsker(asker).recordBytes
    if (own + recordBytes <= MAX_RECORD_BYTES_PER_ASKER) return undefined
    return `records of one asker: ${own} bytes kept, ${MAX_RECORD_BYTES_PER_ASKER} allowed`
  }

  replace(asker: SpAddress, before: Share, after: Share): void {
    this.#total = moved(this.#total, before, after)
    const held = moved(this.ofAsker(asker), before, after)
    if (held.grants === 0 && held.recordBytes === 0) this.#askers.delete(asker)
    else this.#askers.set(asker, held)
  }
}

const moved = (sum: Share, before: Share, after: Share): Share => ({
  bytes: sum.bytes + after.bytes - before.bytes,
  grants: sum.grants + after.grants - before.grants,
  recordBytes: sum.recordBytes + after.recordBytes - before.recordBytes
})
