import type { PeerIdString, SpAddress } from '../domain/brands.js'
import { SpApprovalError } from '../errors.js'
import { BoundedMap } from '../kit/bounded-map.js'
import type { Clock } from '../kit/clock.js'
import type { Trust } from './index.js'

/** Nodes that left with their SP are remembered for ten minutes; after that they are strangers like any. */
const LEFT_KEPT = 4_096
const LEFT_MS = 10 * 60_000

export interface AccessListInit {
  readonly directory: {
    get(
      peerId: PeerIdString
    ): { readonly sp: SpAddress | undefined; readonly tied: boolean; readonly source: string } | undefined
    isBlocked(peerId: PeerIdString): boolean
  }
  readonly trust: Trust
  /** Trust by the last list taken. */
  readonly listTrust: { readonly strangersMaySpeak: boolean }
  /** The operator wants peers that nothing names, although none of them can speak for an SP. */
  readonly admitStrangers: boolean
  readonly self: SpAddress
  readonly clock: Clock
}

/**
 * Which peers are neither let in nor dialled: those an operator blocked, and nodes of an SP that left list or service. Which
 * are not let in: strangers, where every SP of the list names its peer ids.
 */
export class AccessList {
  readonly #init: AccessListInit
  readonly #left = new BoundedMap<PeerIdString, { readonly sp: SpAddress; readonly until: number }>(LEFT_KEPT)

  constructor(init: AccessListInit) {
    this.#init = init
  }

  isBarred(peerId: PeerIdString): boolean {
    const { directory, clock } = this.#init
    const until = this.#left.get(peerId)?.until ?? 0
    return directory.isBlocked(peerId) || until > clock.monotonic() || this.#isOutOfService(peerId)
  }

  /** Whether a peer may connect, once its peer id is proven. */
  mayEnter(peerId: PeerIdString): boolean {
    if (this.isBarred(peerId)) return false
    const { listTrust, admitStrangers } = this.#init
    return admitStrangers || listTrust.strangersMaySpeak || this.#isNamed(peerId)
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

  /** Whether list, pins, our configuration or an operator name the peer; what it has shown of itself does not. */
  #isNamed(peerId: PeerIdString): boolean {
    const record = this.#init.directory.get(peerId)
    return record !== undefined && (record.tied || record.source === 'bootstrap' || record.source === 'operator')
  }

  /** While no list is trusted no SP is out of service. */
  #isOutOfService(peerId: PeerIdString): boolean {
    const { directory, trust, self } = this.#init
    const sp = directory.get(peerId)?.sp
    if (sp === undefined || sp === self) return false
    try {
      const { reason } = trust.of(sp, peerId)
      return reason === 'not-listed' || reason === 'not-in-service'
    } catch (error) {
      if (error instanceof SpApprovalError) return false
      throw error
    }
  }
}
