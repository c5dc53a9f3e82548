/** What the holders of one class may have of a budget. */
export interface Share {
  /** All of them together. */
  readonly most: number
  /** One of them, however much is free. */
  readonly each?: number
}

interface Holder {
  held: number
  /** Oldest first. */
  readonly accounts: Account[]
}

/** The holders of one class. */
class Class {
  readonly most: number
  readonly each: number
  readonly holders = new Map<string, Holder>()
  held = 0

  constructor({ most, each = most }: Share) {
    this.most = most
    this.each = each
  }
}

/** All that is shared. */
class Pool {
  readonly total: number
  readonly classes: readonly Class[]
  held = 0

  constructor(total: number, classes: readonly Class[]) {
    this.total = total
    this.classes = classes
  }
}

/**
 * A budget that many share. Classes of holders have a share each. Where there is no room, the holder that has most gives up
 * work that can be ended, to whoever will still have less: so nobody has to wait for those that take all they can.
 */
export class FairBudget<C extends string> {
  readonly #pool: Pool
  readonly #classes: Readonly<Record<C, Class>>

  constructor(total: number, shares: Readonly<Record<C, Share>>) {
    const classes = Object.entries<Share>(shares).map(([name, share]) => [name, new Class(share)] as const)
    this.#classes = Object.fromEntries(classes) as Record<C, Class>
    this.#pool = new Pool(
      total,
      classes.map(([, made]) => made)
    )
  }

  /** By all. */
  get held(): number {
    return this.#pool.held
  }

  /** What an account takes stays of its class, whatever class the holder has later. */
  account(of: C, holder: string): Account {
    return new Account(this.#pool, this.#classes[of], holder)
  }
}

/** What one piece of a holder's work has of a budget. */
export class Account {
  /** While it is set, this work may be ended for others': it is to release all that it holds. */
  onEvict: (() => void) | undefined = undefined
  readonly #pool: Pool
  readonly #class: Class
  readonly #name: string
  #mine = 0

  constructor(pool: Pool, of: Class, name: string) {
    this.#pool = pool
    this.#class = of
    this.#name = name
  }

  /** `false`: nothing is taken. */
  take(amount: number): boolean {
    const { holders, each } = this.#class
    const wanted = (holders.get(this.#name)?.held ?? 0) + amount
    if (wanted > each || !this.#makeRoom(amount, wanted)) return false
    let holder = holders.get(this.#name)
    if (holder === undefined) {
      holder = { held: 0, accounts: [] }
      holders.set(this.#name, holder)
    }
    if (this.#mine === 0) holder.accounts.push(this)
    this.#add(holder, amount)
    return true
  }

  /** Gives all of it back. */
  release(): void {
    const { holders } = this.#class
    const holder = holders.get(this.#name)
    if (this.#mine === 0 || holder === undefined) return
    this.#add(holder, -this.#mine)
    holder.accounts.splice(holder.accounts.indexOf(this), 1)
    if (holder.accounts.length === 0) holders.delete(this.#name)
  }

  #add(holder: Holder, amount: number): void {
    this.#mine += amount
    holder.held += amount
    this.#class.held += amount
    this.#pool.held += amount
  }

  #makeRoom(amount: number, wanted: number): boolean {
    const { total, classes } = this.#pool
    for (;;) {
      const isFull = amount > this.#class.most - this.#class.held
      if (!isFull && amount <= total - this.#pool.held) return true
      if (!this.#evict(isFull ? [this.#class] : classes, wanted)) return false
    }
  }

  /** Whether the largest holder of these classes gave up some of more than `wanted`. */
  #evict(classes: readonly Class[], wanted: number): boolean {
    let largest: Holder | undefined
    for (const { holders } of classes) {
      for (const holder of holders.values()) if (holder.held > (largest?.held ?? wanted)) largest = holder
    }
    const before = this.#pool.held
    for (const { onEvict } of [...(largest?.accounts ?? [])]) {
      onEvict?.()
      if (this.#pool.held < before) return true
    }
    return false
  }
}
