import type { Connection, Libp2pEvents, TypedEventTarget } from '@libp2p/interface'

/** Counts the connections that others opened to us: each speaks for an address of ours that can be dialled. */
export class InboundCount {
  readonly #events: TypedEventTarget<Libp2pEvents>
  #count = 0

  constructor(events: TypedEventTarget<Libp2pEvents>) {
    this.#events = events
  }

  /** Since the start. */
  get count(): number {
    return this.#count
  }

  start(): void {
    this.#count = 0
    this.#events.addEventListener('connection:open', this.#onOpen)
  }

  stop(): void {
    this.#events.removeEventListener('connection:open', this.#onOpen)
  }

  readonly #onOpen = ({ detail }: CustomEvent<Connection>): void => {
    if (detail.direction === 'inbound') this.#count++
  }
}
