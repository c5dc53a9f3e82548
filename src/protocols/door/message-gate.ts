/** Bytes that all messages being read may hold together. */
export class ByteBudget {
  #free: number

  constructor(bytes: number) {
    this.#free = bytes
  }

  get free(): number {
    return this.#free
  }

  take(bytes: number): boolean {
    if (bytes > this.#free) return false
    this.#free -= bytes
    return true
  }

  give(bytes: number): void {
    this.#free += bytes
  }
}

/** Counts inbound messages in work, per peer and in all. libp2p's own limits count per connection. */
export class MessageGate {
  readonly #limits: { readonly inAll: number }
  readonly #perPeer = new Map<string, number>()
  #inAll = 0

  constructor(limits: { readonly inAll: number }) {
    this.#limits = limits
  }

  get inWork(): number {
    return this.#inAll
  }

  /** @returns what to call when the message is done; `undefined` when there is no room for it */
  enter(peer: string, limitOfPeer: number): (() => void) | undefined {
    const held = this.#perPeer.get(peer) ?? 0
    if (held >= limitOfPeer || this.#inAll >= this.#limits.inAll) return undefined
    this.#perPeer.set(peer, held + 1)
    this.#inAll++
    return () => {
      this.#inAll--
      const left = (this.#perPeer.get(peer) ?? 1) - 1
      if (left === 0) this.#perPeer.delete(peer)
      else this.#perPeer.set(peer, left)
    }
  }
}
