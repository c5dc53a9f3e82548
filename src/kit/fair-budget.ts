/** What the holders of one class may have of a budget. */
export interface Share {
  /** All of them together. */
  readonly most: number
  /** One of them, however much is free. */
  readonly each?: number
}

/** What one piece of a holder's work has of a budget. */
export interface Account {
  /** `false`: nothing is taken. */
  take(amount: number): boolean
  /** Gives all of it back. */
  release(): void
  /** While it is set, this work may be ended for others': it is to release all that it holds. */
  onEvict?: (() => void) | undefined
}

interface Holder {
  readonly of: string
  held: number
  /** Oldest first. */
  readonly accounts: Set<Account>
}

/**
 * A budget that many share. Classes of holders have a share each. Where there is no room, the holder that has most gives up
 * work that can be ended, to whoever will still have less: so nobody has to wait for those that take all they can.
 */
export class FairBudget<C extends string> {
  readonly #total: number
  readonly #shares: Readonly<Record<C, Share>>
  readonly #ofClass = new Map<C, number>()
  readonly #holders = new Map<string, Holder>()
  #held = 0

  constructor(total: number, shares: Readonly<Record<C, Share>>) {
    this.#total = total
    this.#shares = shares
  }

  /** By all. */
  get held(): number {
    return this.#held
  }

  /** What an account takes stays of its class, whatever class the holder has later. */
  account(of: C, holder: string): Account {
    const key = `${of} ${holder}`
    let mine = 0
    const account: Account = {
      take: amount => {
        if (!this.#makeRoom(of, key, amount)) return false
        mine += amount
        this.#add(of, key, amount).accounts.add(account)
        return true
      },
      release: () => {
        const before = this.#add(of, key, -mine)
        mine = 0
        before.accounts.delete(account)
        if (before.accounts.size === 0) this.#holders.delete(key)
      }
    }
    return account
  }

  #makeRoom(of: C, key: string, amount: number): boolean {
    const { most, each = most } = this.#shares[of]
    const wanted = (this.#holders.get(key)?.held ?? 0) + amount
    if (wanted > each) return false
    for (;;) {
      const isClassFull = amount > most - (this.#ofClass.get(of) ?? 0)
      if (!isClassFull && amount <= this.#total - this.#held) return true
      if (!this.#evict(isClassFull ? of : undefined, wanted)) return false
    }
  }

  /** Whether the largest holder, of this class or of all, could give up some of more than `wanted`. */
  #evict(of: C | undefined, wanted: number): boolean {
    let largest: Holder | undefined
    for (const holder of this.#holders.values()) {
      if (of !== undefined && holder.of !== of) continue
      if (holder.held > (largest?.held ?? wanted)) largest = holder
    }
    const before = this.#held
    for (const { onEvict } of largest?.accounts ?? []) {
      onEvict?.()
      if (this.#held < before) return true
    }
    return false
  }

  #add(of: C, key: string, amount: number): Holder {
    const holder = this.#holders.get(key) ?? { of, held: 0, accounts: new Set() }
    this.#holders.set(key, holder)
    holder.held += amount
    this.#ofClass.set(of, (this.#ofClass.get(of) ?? 0) + amount)
    this.#held += amount
    return holder
  }
}
