interface Turn {
  readonly result: Promise<Uint8Array>
  /** What is being signed has changed meanwhile. */
  outdated: boolean
}

/** A signed message, kept until it is renewed. The signer is asked once at a time, however many wait for it. */
export class SignatureCache {
  #bytes: Uint8Array | undefined
  #stale = false
  #turn: Turn | undefined

  /** What was made, or what `make` makes now. Rejects with the signer's error. */
  get(make: () => Promise<Uint8Array>): Promise<Uint8Array> {
    if (this.#bytes !== undefined && !this.#stale) return Promise.resolve(this.#bytes)
    this.#turn ??= this.#begin(make)
    return this.#bytes === undefined ? this.#turn.result : Promise.resolve(this.#bytes)
  }

  /** What is to be signed has changed; the old one is told until the new one is there. */
  renew(): void {
    this.#stale = true
    if (this.#turn !== undefined) this.#turn.outdated = true
  }

  forget(): void {
    this.#bytes = undefined
    this.#stale = false
    this.#turn = undefined
  }

  #begin(make: () => Promise<Uint8Array>): Turn {
    const turn: Turn = { result: make(), outdated: false }
    turn.result.then(
      bytes => {
        if (this.#turn !== turn) return
        this.#turn = undefined
        this.#bytes = bytes
        this.#stale = turn.outdated
      },
      () => {
        if (this.#turn === turn) this.#turn = undefined
      }
    )
    return turn
  }
}
