import type { SpRegistry } from '../../chain/index.js'
import type { PeerIdString, SpAddress } from '../../domain/brands.js'
import { inService } from '../../domain/registry.js'
import { SpApprovalError } from '../../errors.js'
import { BoundedMap } from '../../kit/bounded-map.js'
import type { Clock } from '../../kit/clock.js'
import type { PeerRecord } from '../../peers/index.js'

/** Nodes that left with their SP are remembered for a while; then they are strangers like any. */
const LEFT_KEPT = 4_096
const LEFT_MS = 10 * 60_000

export interface AccessListInit {
  readonly directory: { get(peerId: PeerIdString): PeerRecord | undefined; isBlocked(peerId: PeerIdString): boolean }
  readonly registry: Pick<SpRegistry, 'get'>
  readonly self: SpAddress
  readonly clock: Clock
}

/** Who is neither let in nor dialled: whom the operator blocked, and nodes of an SP that has left the list or service. */
export class AccessList {
  readonly #init: AccessListInit
  readonly #left = new BoundedMap<PeerIdString, { readonly sp: SpAddress; readonly until: number }>(LEFT_KEPT)

  constructor(init: AccessListInit) {
    this.#init = init
  }

  isBarred(peerId: PeerIdString): boolean {
    const { directory } = this.#init
    if (directory.isBlocked(peerId) || this.#hasLeft(peerId)) return true
    const sp = directory.get(peerId)?.sp
    return sp !== undefined && this.#outOfService(sp)
  }

  /** The node's SP has left the list, or names it no more. */
  left(peerId: PeerIdString, sp: SpAddress): void {
    this.#left.set(peerId, { sp, until: this.#init.clock.monotonic() + LEFT_MS })
  }

  /** The SP is (again) in service with these nodes; where it names none, any that spoke for it may come back. */
  back(sp: SpAddress, nodes: readonly PeerIdString[]): void {
    for (const peerId of nodes) this.#left.delete(peerId)
    if (nodes.length > 0) return
    for (const [peerId, left] of this.#left) if (left.sp === sp) this.#left.delete(peerId)
  }

  clear(): void {
    this.#left.clear()
  }

  #hasLeft(peerId: PeerIdString): boolean {
    const left = this.#left.get(peerId)
    if (left === undefined) return false
    if (left.until > this.#init.clock.monotonic()) return true
    this.#left.delete(peerId)
    return false
  }

  /** While no list is trusted nobody is out of service. */
  #outOfService(sp: SpAddress): boolean {
    if (sp === this.#init.self) return false
    try {
      return !inService(this.#init.registry.get(sp))
    } catch (error) {
      if (error instanceof SpApprovalError) return false
      throw error
    }
  }
}
