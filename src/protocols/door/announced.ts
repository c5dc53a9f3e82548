import type { Connection, Libp2pEvents } from '@libp2p/interface'
import type { PeerIdString } from '../../domain/brands.js'
import type { PeerDirectory } from '../../peers/index.js'
import { usableAddresses } from '../addresses/usable.js'
import type { P2PHost } from '../host/host.js'
import type { Strangers } from './strangers.js'

/** Addresses taken of what a node tells of itself. */
const MAX_ADDRESSES = 8

export interface AnnouncedInit {
  readonly host: P2PHost
  readonly allowPrivate: boolean
  readonly strangers: Pick<Strangers, 'isStranger'>
  readonly directory: Pick<PeerDirectory, 'announced'>
}

/** The addresses that connected peers tell of themselves (identify), handed on once it is known whose node it is. */
export class Announced {
  readonly #init: AnnouncedInit
  readonly #waiting = new WeakMap<Connection, readonly string[]>()

  constructor(init: AnnouncedInit) {
    this.#init = init
  }

  start(): void {
    this.#init.host.events.addEventListener('peer:identify', this.#onIdentify)
  }

  stop(): void {
    this.#init.host.events.removeEventListener('peer:identify', this.#onIdentify)
  }

  /** The peer of this connection has just shown whose node it is. */
  shown(peer: PeerIdString, connection: Connection): void {
    const addresses = this.#waiting.get(connection)
    if (addresses === undefined) return
    this.#waiting.delete(connection)
    this.#init.directory.announced(peer, addresses)
  }

  readonly #onIdentify = ({ detail }: Libp2pEvents['peer:identify']): void => {
    const { allowPrivate, strangers } = this.#init
    const peer = detail.peerId.toString() as PeerIdString
    const addresses = usableAddresses(detail.listenAddrs, { allowPrivate, max: MAX_ADDRESSES })
    if (addresses.length === 0) return
    this.#waiting.set(detail.connection, addresses)
    if (!strangers.isStranger(peer)) this.shown(peer, detail.connection)
  }
}
