import type { Libp2pEvents, PeerId } from '@libp2p/interface'
import type { PeerIdString } from '../../domain/brands.js'
import { messageOf } from '../../errors.js'
import type { Clock } from '../../kit/clock.js'
import { Poller } from '../../kit/poller.js'
import { componentLogger, type Logger } from '../../logger.js'
import type { PeerDirectory } from '../../peers/index.js'
import type { P2PHost } from './host.js'

const FORGET_EVERY_MS = 5_000

export interface StoredPeersInit {
  readonly host: P2PHost
  readonly directory: Pick<PeerDirectory, 'get'>
  readonly clock: Clock
  readonly logger: Logger
}

/**
 * Forgets what the host's peer store has of peers that are neither connected nor in the book: libp2p keeps each of them
 * for six hours, and a peer id costs nothing.
 */
export class StoredPeers {
  readonly #init: StoredPeersInit
  readonly #stored = new Map<PeerIdString, PeerId>()
  readonly #poller: Poller

  constructor(init: StoredPeersInit) {
    this.#init = { ...init, logger: componentLogger(init.logger, 'protocols/host/stored-peers') }
    this.#poller = new Poller({ ...init, intervalMs: FORGET_EVERY_MS, poll: () => this.#forget(), atOnce: false })
  }

  /** A host that is not ours keeps what it likes. */
  start(): void {
    if (this.#init.host.forget === undefined) return
    this.#init.host.events.addEventListener('peer:update', this.#onUpdate)
    void this.#poller.start()
  }

  async stop(): Promise<void> {
    this.#init.host.events.removeEventListener('peer:update', this.#onUpdate)
    await this.#poller.stop()
    this.#stored.clear()
  }

  readonly #onUpdate = ({ detail }: Libp2pEvents['peer:update']): void => {
    this.#stored.set(detail.peer.id.toString() as PeerIdString, detail.peer.id)
  }

  async #forget(): Promise<void> {
    const { host, directory, logger } = this.#init
    for (const [peer, peerId] of this.#stored) {
      if (directory.get(peer) !== undefined || host.connections(peerId).length > 0) continue
      this.#stored.delete(peer)
      try {
        await host.forget?.(peerId)
      } catch (error) {
        logger.debug({ peer, error: messageOf(error) }, 'a stored peer was not forgotten')
      }
    }
  }
}
