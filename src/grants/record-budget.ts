import type { SpAddress } from '../domain/brands.js'

/**
 * Bytes of asks and answers kept with the records: they stay in memory so that the same ask gets the same answer.
 * 65,536 grants of the usual 2 KiB need 128 MiB; an ask may have 64 KiB, so the number of grants alone is no bound.
 */
export const MAX_RECORD_BYTES = 256 * 1024 * 1024
/** One asker's share of it. */
export const MAX_RECORD_BYTES_PER_ASKER = MAX_RECORD_BYTES / 4

export class RecordBudget {
  #total = 0
  readonly #askers = new Map<SpAddress, number>()

  fits(asker: SpAddress, bytes: number): { readonly ok: true } | { readonly ok: false; readonly reason: string } {
    if (this.#total + bytes > MAX_RECORD_BYTES) {
      return { ok: false, reason: `records: ${this.#total} bytes kept, ${MAX_RECORD_BYTES} allowed` }
    }
    const own = this.#askers.get(asker) ?? 0
    if (own + bytes > MAX_RECORD_BYTES_PER_ASKER) {
      return { ok: false, reason: `records of one asker: ${own} bytes kept, ${MAX_RECORD_BYTES_PER_ASKER} allowed` }
    }
    return { ok: true }
  }

  replace(asker: SpAddress, before: number, after: number): void {
    this.#total += after - before
    const own = (this.#askers.get(asker) ?? 0) + after - before
    if (own === 0) this.#askers.delete(asker)
    else this.#askers.set(asker, own)
  }
}
