import type { Connection, Libp2pEvents, PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { SpRegistry } from '../../chain/index.js'
import type { PeerIdString, SpAddress } from '../../domain/brands.js'
import { type Guest, type GuestTier, givesWay, guestTier } from '../../domain/guest.js'
import { BoundedMap } from '../../kit/bounded-map.js'
import type { Clock, Timer } from '../../kit/clock.js'
import type { PeerDirectory } from '../../peers/index.js'
import type { AccessList } from '../../trust/access-list.js'
import { isShared, machineOf } from '../addresses/block.js'
import type { P2PHost } from '../host/host.js'
import { type DoorLimits, streamRatesOf } from './limits.js'

/**
 * Peers of one SP that are believed to speak for it at a time, twice what the book keeps. A 0.0.1 ping can be replayed by
 * anyone, so one SP's name must not open every door; the peer heard longest ago gives way and is back with its next ping.
 */
const CLAIMED_PER_SP = 8

/**
 * Connections that one peer may open to us. Two nodes may dial each other at once, and a dial-back check comes beside the
 * connection that stands. The newest stays: a node that restarts finds room before we notice that its old ones are dead.
 */
const PER_PEER: Readonly<Record<GuestTier, number>> = { tied: 4, claimed: 2, stranger: 2 }

export interface StrangersInit {
  readonly host: P2PHost
  readonly self: { readonly sp: SpAddress }
  readonly limits: DoorLimits
  readonly directory: Pick<PeerDirectory, 'get'>
  readonly registry: Pick<SpRegistry, 'onChange'>
  readonly accessList: Pick<AccessList, 'mayEnter'>
  readonly allowPrivate: boolean
  readonly clock: Clock
}

interface Visit extends Guest {
  at: number
  readonly connection: Connection
  readonly peer: PeerIdString
  readonly tier: GuestTier
  /** A stranger's time runs. */
  readonly timer?: Timer
}

/**
 * Keeps peers that nothing ties to an SP from filling the host: at its limit libp2p refuses everyone. Those that have shown
 * no valid message of a listed SP may hold a share of the connections, few per address, for a short time; those that have
 * shown one another share, few per SP, since it may be replayed.
 */
export class Strangers {
  readonly #init: StrangersInit
  /** Connections that were opened to us. */
  readonly #visits = new Map<Connection, Visit>()
  /** Those of each peer, oldest first. */
  readonly #ofPeer = new Map<PeerIdString, readonly Visit[]>()
  /** Of whom a message of this SP came. */
  readonly #claimed = new Map<PeerIdString, SpAddress>()
  readonly #bySp = new Map<SpAddress, BoundedMap<PeerIdString, true>>()
  #offChange: (() => void) | undefined

  constructor(init: StrangersInit) {
    this.#init = init
  }

  /** Connections of strangers. */
  get count(): number {
    return this.#of('stranger').length
  }

  start(): void {
    const { host, registry, limits, accessList } = this.#init
    const rates = streamRatesOf(limits)
    host.gate?.({
      judge: (peerId, remote) => this.#judge(peerId.toString() as PeerIdString, remote),
      streamRates: peerId => rates[this.tierOf(peerId.toString() as PeerIdString)]
    })
    host.admit?.(peer => this.tierOf(peer))
    this.#offChange = registry.onChange(({ removed }) => {
      for (const { operatorAddress } of removed) this.#drop(operatorAddress)
      // Once the directory has taken the list over.
      queueMicrotask(() => {
        for (const [peer, visits] of [...this.#ofPeer]) {
          if (accessList.mayEnter(peer)) this.#review(visits)
          else for (const { connection } of visits) this.#end(connection, 'the list names it not, and all others')
        }
      })
    })
    host.events.addEventListener('connection:open', this.#onOpen)
    host.events.addEventListener('connection:close', this.#onClose)
    host.events.addEventListener('peer:disconnect', this.#onGone)
    for (const connection of host.connections()) this.#came(connection)
  }

  stop(): void {
    const { host } = this.#init
    host.gate?.(undefined)
    host.admit?.(undefined)
    this.#offChange?.()
    host.events.removeEventListener('connection:open', this.#onOpen)
    host.events.removeEventListener('connection:close', this.#onClose)
    host.events.removeEventListener('peer:disconnect', this.#onGone)
    for (const connection of [...this.#visits.keys()]) this.#forget(connection)
    this.#claimed.clear()
    this.#bySp.clear()
  }

  isStranger(peer: PeerIdString): boolean {
    return this.tierOf(peer) === 'stranger'
  }

  tierOf(peer: PeerIdString): GuestTier {
    return guestTier(this.#init.directory.get(peer), this.#claimed.has(peer))
  }

  /** A valid message of the listed SP came from the peer. Our own SP's says nothing: its nodes do not ask each other. */
  promote(peer: PeerIdString, sp: SpAddress): void {
    if (sp === this.#init.self.sp) return
    const visits = this.#visitsOf(peer)
    if (this.tierOf(peer) === 'tied') {
      this.#review(visits)
      return
    }
    const before = this.#claimed.get(peer)
    if (before !== undefined && before !== sp) this.#bySp.get(before)?.delete(peer)
    this.#claimed.set(peer, sp)
    const peers = this.#bySp.get(sp) ?? new BoundedMap<PeerIdString, true>(CLAIMED_PER_SP, old => this.#unclaim(old))
    this.#bySp.set(sp, peers)
    peers.set(peer, true)
    this.#review(visits)
    for (const visit of this.#visitsOf(peer)) visit.at = this.#init.clock.monotonic()
  }

  /** The SP has left the list: peers that spoke for it are strangers until they send a message of another listed SP. */
  #drop(sp: SpAddress): void {
    const peers = this.#bySp.get(sp)
    this.#bySp.delete(sp)
    for (const peer of peers?.keys() ?? []) this.#unclaim(peer)
  }

  #unclaim(peer: PeerIdString): void {
    this.#claimed.delete(peer)
    this.#review(this.#visitsOf(peer))
  }

  readonly #onOpen = (event: Libp2pEvents['connection:open']): void => this.#came(event.detail)
  readonly #onClose = (event: Libp2pEvents['connection:close']): void => this.#forget(event.detail)

  /** What it showed is forgotten with it; the book has its own of those that it keeps. */
  readonly #onGone = ({ detail }: CustomEvent<PeerId>): void => {
    const peer = detail.toString() as PeerIdString
    const sp = this.#claimed.get(peer)
    if (sp === undefined) return
    this.#claimed.delete(peer)
    const peers = this.#bySp.get(sp)
    peers?.delete(peer)
    if (peers?.size === 0) this.#bySp.delete(sp)
  }

  #came(connection: Connection): void {
    if (connection.direction !== 'inbound' || this.#visits.has(connection)) return
    const peer = connection.remotePeer.toString() as PeerIdString
    const tier = this.tierOf(peer)
    const others = this.#visitsOf(peer)
    for (const visit of others.slice(0, Math.max(0, others.length + 1 - PER_PEER[tier]))) {
      this.#end(visit.connection, 'the same peer opened further connections')
    }
    this.#settle(connection, peer, tier)
  }

  /** Takes over as what each of these connections counts now. */
  #review(visits: readonly Visit[]): void {
    const [first] = visits
    if (first === undefined) return
    const tier = this.tierOf(first.peer)
    for (const { connection, peer, tier: before, group } of visits) {
      const isSame = tier === before && group === this.#groupOf(connection, peer, tier)
      if (!isSame && this.#visits.has(connection)) this.#settle(connection, peer, tier)
    }
  }

  #groupOf({ remoteAddr }: Connection, peer: PeerIdString, tier: GuestTier): string {
    return tier === 'stranger' ? machineOf(remoteAddr) : (this.#claimed.get(peer) ?? peer)
  }

  #settle(connection: Connection, peer: PeerIdString, tier: GuestTier): void {
    const { clock, limits } = this.#init
    this.#forget(connection)
    const group = this.#groupOf(connection, peer, tier)
    const at = clock.monotonic()
    if (!this.#makesRoom(tier, group, connection.remoteAddr)) {
      this.#end(connection, `too many connections of ${tier} peers`)
      return
    }
    const leave = (): void => this.#end(connection, 'no valid message of a listed SP in time')
    const timer = tier === 'stranger' ? { timer: clock.setTimeout(leave, limits.strangerMs) } : {}
    const visit = { connection, peer, tier, group, at, ...timer }
    this.#visits.set(connection, visit)
    this.#ofPeer.set(peer, [...this.#visitsOf(peer), visit])
  }

  /** Whether there is room for one more, which another may have to leave. */
  #makesRoom(tier: GuestTier, group: string, remote: Multiaddr): boolean {
    const room = this.#roomFor(tier, group, remote)
    if (typeof room === 'object') this.#end(room.connection, `too many connections of ${tier} peers`)
    return room !== false
  }

  #roomFor(tier: GuestTier, group: string, remote: Multiaddr): boolean | Visit {
    if (tier === 'tied') return true
    const { host, limits, allowPrivate } = this.#init
    const guests = this.#of(tier)
    if (tier === 'stranger' && !isShared(remote, allowPrivate)) {
      if (guests.filter(guest => guest.group === group).length >= limits.strangersPerIp) return false
    }
    const percent = tier === 'stranger' ? limits.strangersPercent : limits.claimedPercent
    if (guests.length < Math.floor((host.maxConnections * percent) / 100)) return true
    return givesWay(guests, group) ?? false
  }

  #of(tier: GuestTier): readonly Visit[] {
    return [...this.#visits.values()].filter(visit => visit.tier === tier)
  }

  #visitsOf(peer: PeerIdString): readonly Visit[] {
    return this.#ofPeer.get(peer) ?? []
  }

  /** Not at once: its muxer may be delivering the message that led to this. */
  #end(connection: Connection, why: string): void {
    this.#forget(connection)
    queueMicrotask(() => connection.abort(new Error(why)))
  }

  #forget(connection: Connection): void {
    const visit = this.#visits.get(connection)
    if (visit === undefined) return
    this.#init.clock.clearTimeout(visit.timer)
    this.#visits.delete(connection)
    const others = this.#visitsOf(visit.peer).filter(other => other !== visit)
    if (others.length > 0) this.#ofPeer.set(visit.peer, others)
    else this.#ofPeer.delete(visit.peer)
  }

  /** Strangers are let in while there is room or another gives way, where the access list lets them in at all. */
  #judge(peer: PeerIdString, remote: Multiaddr): 'accept' | 'deny' {
    if (!this.#init.accessList.mayEnter(peer)) return 'deny'
    return !this.isStranger(peer) || this.#roomFor('stranger', machineOf(remote), remote) !== false ? 'accept' : 'deny'
  }
}
