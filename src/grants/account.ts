import type { SpAddress } from '../domain/brands.js'
import type { Holdings } from '../domain/grant.js'

/** What one (asker, object) holds: the larger of its live grant and the promise being written. */
export interface Share {
  readonly bytes: bigint
  readonly grants: 0 | 1
}

const NOTHING: Share = { bytes: 0n, grants: 0 }

/** Running totals, in all and per asker. Setting a share replaces the one before, so that nothing counts twice. */
export class Account {
  #bytes = 0n
  #grants = 0
  readonly #askers = new Map<SpAddress, { bytes: bigint; grants: number }>()

  get bytes(): bigint {
    return this.#bytes
  }

  get grants(): number {
    return this.#grants
  }

  ofAsker(asker: SpAddress): { readonly bytes: bigint; readonly grants: number } {
    return this.#askers.get(asker) ?? NOTHING
  }

  /** What is held without `share`, which a new ask for the same object would replace. */
  without(asker: SpAddress, share: Share = NOTHING): Holdings {
    const held = this.ofAsker(asker)
    return {
      totalBytes: this.#bytes - share.bytes,
      totalGrants: this.#grants - share.grants,
      askerBytes: held.bytes - share.bytes,
      askerGrants: held.grants - share.grants
    }
  }

  replace(asker: SpAddress, before: Share, after: Share): void {
    this.#bytes += after.bytes - before.bytes
    this.#grants += after.grants - before.grants
    const held = this.ofAsker(asker)
    const next = { bytes: held.bytes + after.bytes - before.bytes, grants: held.grants + after.grants - before.grants }
    if (next.grants === 0) this.#askers.delete(asker)
    else this.#askers.set(asker, next)
  }
}
