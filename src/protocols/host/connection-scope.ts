import type { Connection } from '@libp2p/interface'
import { ResourceLimitError } from '../../errors.js'
import { componentLogger, type Logger } from '../../logger.js'
import type { ResourceScope, ResourceSpan } from '../../resources/index.js'
import type { P2PHost } from './host.js'

export interface ConnectionScopeInit {
  readonly host: Pick<P2PHost, 'events' | 'connections'>
  /** Where each connection is reserved, with the file descriptor of its socket. */
  readonly scope: ResourceScope
  readonly logger: Logger
}

/** Reserves the host's connections while they are open, and closes one that does not fit at once; counts inbound ones. */
export class ConnectionScope {
  readonly #init: ConnectionScopeInit
  readonly #spans = new Map<Connection, ResourceSpan>()
  #inboundOpened = 0

  constructor(init: ConnectionScopeInit) {
    this.#init = { ...init, logger: componentLogger(init.logger, 'protocols/host/connection-scope') }
  }

  /** Connections that others opened to us: each proves an address of ours that can be dialled. */
  get inboundOpened(): number {
    return this.#inboundOpened
  }

  /** Comes before whatever else uses a connection: the others then see one that is closed already. */
  start(): void {
    const { host } = this.#init
    host.events.addEventListener('connection:open', this.#onOpen)
    host.events.addEventListener('connection:close', this.#onClose)
    for (const connection of host.connections()) this.#reserve(connection)
  }

  stop(): void {
    const { host } = this.#init
    host.events.removeEventListener('connection:open', this.#onOpen)
    host.events.removeEventListener('connection:close', this.#onClose)
    for (const span of this.#spans.values()) span.release()
    this.#spans.clear()
  }

  readonly #onOpen = ({ detail }: CustomEvent<Connection>): void => {
    if (detail.direction === 'inbound') this.#inboundOpened++
    this.#reserve(detail)
  }

  readonly #onClose = ({ detail }: CustomEvent<Connection>): void => {
    this.#spans.get(detail)?.release()
    this.#spans.delete(detail)
  }

  #reserve(connection: Connection): void {
    if (this.#spans.has(connection)) return
    const direction = connection.direction === 'inbound' ? { connsInbound: 1 } : { connsOutbound: 1 }
    try {
      this.#spans.set(connection, this.#init.scope.reserve({ ...direction, fds: 1 }))
    } catch (error) {
      if (!(error instanceof ResourceLimitError)) throw error
      this.#init.logger.debug({ peerId: connection.remotePeer.toString(), error: error.message }, 'connection refused')
      connection.abort(error)
    }
  }
}
