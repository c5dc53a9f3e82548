import type { Connection, Libp2pEvents, PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { SpRegistry } from '../../chain/index.js'
import type { PeerIdString, SpAddress } from '../../domain/brands.js'
import { BoundedMap } from '../../kit/bounded-map.js'
import type { Clock, Timer } from '../../kit/clock.js'
import type { PeerDirectory, PeerRecord } from '../../peers/index.js'
import { addressBlockOf } from '../addresses/block.js'
import { ipOf, isPrivateIp } from '../addresses/private.js'
import type { P2PHost } from '../host/host.js'
import type { DoorLimits } from './limits.js'

/** Peers remembered as having spoken for a listed SP. */
const PROMOTED = 8_192
/**
 * Peers of one SP among them. A 0.0.1 ping can be replayed by anyone, so one SP's name must not open every door; the
 * peer heard longest ago gives way and is back with its next ping.
 */
const PROMOTED_PER_SP = 32

export interface StrangersInit {
  readonly host: P2PHost
  readonly limits: DoorLimits
  readonly directory: Pick<PeerDirectory, 'get'>
  readonly registry: Pick<SpRegistry, 'onChange'>
  /** Peers that may not connect: blocked, or of an SP that left the list. */
  readonly accessList: { isBarred(peer: PeerIdString): boolean }
  readonly allowPrivate: boolean
  readonly clock: Clock
}

/**
 * Keeps strangers from filling the host: at its limit libp2p refuses everyone, so peers that have not shown a valid
 * message of a listed SP may hold a share of the connections only, few per address, for a short time.
 */
export class Strangers {
  readonly #init: StrangersInit
  readonly #waiting = new Map<Connection, { readonly place: string; readonly timer: Timer }>()
  readonly #promoted = new BoundedMap<PeerIdString, true>(PROMOTED)
  readonly #bySp = new Map<SpAddress, BoundedMap<PeerIdString, true>>()
  #offChange: (() => void) | undefined

  constructor(init: StrangersInit) {
    this.#init = init
  }

  get count(): number {
    return this.#waiting.size
  }

  start(): void {
    const { host, registry } = this.#init
    host.gate?.((peerId, remote) => this.#judge(peerId, remote))
    host.admit?.(peer => !this.isStranger(peer))
    this.#offChange = registry.onChange(({ removed }) => {
      for (const { operatorAddress } of removed) this.#demote(operatorAddress)
    })
    host.events.addEventListener('connection:open', this.#onOpen)
    host.events.addEventListener('connection:close', this.#onClose)
    for (const connection of host.connections()) this.#watch(connection)
  }

  stop(): void {
    const { host } = this.#init
    host.gate?.(undefined)
    host.admit?.(undefined)
    this.#offChange?.()
    host.events.removeEventListener('connection:open', this.#onOpen)
    host.events.removeEventListener('connection:close', this.#onClose)
    for (const connection of [...this.#waiting.keys()]) this.#forget(connection)
  }

  isStranger(peer: PeerIdString): boolean {
    return !this.#promoted.has(peer) && !isNamed(this.#init.directory.get(peer))
  }

  /** The peer brought a valid message of a listed SP. */
  promote(peer: PeerIdString, sp?: SpAddress): void {
    this.#promoted.set(peer, true)
    if (sp !== undefined) {
      const peers =
        this.#bySp.get(sp) ??
        new BoundedMap<PeerIdString, true>(PROMOTED_PER_SP, displaced => this.#promoted.delete(displaced))
      this.#bySp.set(sp, peers)
      peers.set(peer, true)
    }
    if (this.#waiting.size === 0) return
    for (const connection of [...this.#waiting.keys()]) {
      if (connection.remotePeer.toString() === peer) this.#forget(connection)
    }
  }

  /** The SP has left the list: peers that spoke for it are strangers until they send a message of another listed SP. */
  #demote(sp: SpAddress): void {
    for (const peer of this.#bySp.get(sp)?.keys() ?? []) this.#promoted.delete(peer)
    this.#bySp.delete(sp)
  }

  readonly #onOpen = (event: Libp2pEvents['connection:open']): void => this.#watch(event.detail)
  readonly #onClose = (event: Libp2pEvents['connection:close']): void => this.#forget(event.detail)

  #watch(connection: Connection): void {
    if (connection.direction !== 'inbound' || this.#waiting.has(connection)) return
    if (!this.isStranger(connection.remotePeer.toString() as PeerIdString)) return
    if (!this.#hasRoom(connection.remoteAddr)) {
      connection.abort(new Error('too many connections of unknown peers'))
      return
    }
    const timer = this.#init.clock.setTimeout(() => {
      this.#forget(connection)
      if (!this.isStranger(connection.remotePeer.toString() as PeerIdString)) return
      connection.abort(new Error('no valid message of a listed SP in time'))
    }, this.#init.limits.strangerMs)
    this.#waiting.set(connection, { place: placeOf(connection.remoteAddr), timer })
  }

  #forget(connection: Connection): void {
    this.#init.clock.clearTimeout(this.#waiting.get(connection)?.timer)
    this.#waiting.delete(connection)
  }

  /** Barred peers are refused, known peers accepted, strangers accepted while there is room. */
  #judge(peerId: PeerId, remote: Multiaddr): 'accept' | 'deny' {
    const peer = peerId.toString() as PeerIdString
    if (this.#init.accessList.isBarred(peer)) return 'deny'
    return !this.isStranger(peer) || this.#hasRoom(remote) ? 'accept' : 'deny'
  }

  #hasRoom(remote: Multiaddr): boolean {
    const { host, limits, allowPrivate } = this.#init
    if (this.#waiting.size >= Math.floor((host.maxConnections * limits.strangersPercent) / 100)) return false
    const ip = ipOf(remote)
    if (allowPrivate && ip !== undefined && isPrivateIp(ip)) return true
    const place = placeOf(remote)
    let here = 0
    for (const stranger of this.#waiting.values()) if (stranger.place === place) here++
    return here < limits.strangersPerIp
  }
}

/** Registry, pins or our own configuration name the node; a signed ping alone does not. */
const isNamed = (record: PeerRecord | undefined): boolean =>
  record !== undefined && (record.tied || record.source === 'bootstrap' || record.source === 'operator')

/** One IPv4 address, or one IPv6 block, which a single machine has to itself. */
function placeOf(remote: Multiaddr): string {
  const ip = ipOf(remote) ?? ''
  return ip.includes(':') ? addressBlockOf(remote) : ip
}
