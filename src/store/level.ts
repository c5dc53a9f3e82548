import { join } from 'node:path'
import { DEFAULT_MAX_LIFE_BLOCKS } from '../constants.js'
import type { Height } from '../domain/brands.js'
import type { Grant } from '../domain/grant.js'
import { larger } from '../domain/larger.js'
import { messageOf } from '../errors.js'
import type { Clock } from '../kit/clock.js'
import { systemClock } from '../kit/clock.js'
import { componentLogger, type Logger, silentLogger } from '../logger.js'
import { folderBytes, ownFolder } from './folder.js'
import type { ApprovalStore, StoreHealth } from './index.js'
import { GrantJournal } from './journal.js'
import { NonceBook } from './nonce-book.js'
import type { Damage } from './reconcile.js'

export interface LevelStoreInit {
  /** Folder of the store, made 0700: `grants/`, `nonces/` and the side file `grants.high`. */
  readonly dir: string
  readonly logger?: Logger
  readonly clock?: Clock
  /** Longest life of a promise we gave, in blocks: bounds a loss of which nothing else is known. Default 10,000. */
  readonly maxLifeBlocks?: bigint
}

/** Grants and nonces in two LevelDB databases; what is damaged is set aside, never deleted. */
export const levelStore = (init: LevelStoreInit): ApprovalStore => new LevelStore(init)

class LevelStore implements ApprovalStore {
  readonly kind = 'level'
  readonly #dir: string
  readonly #logger: Logger
  readonly #maxLife: bigint
  readonly #journal: GrantJournal
  readonly #nonces: NonceBook
  #state: 'closed' | 'open' = 'closed'

  constructor({ dir, logger = silentLogger, clock = systemClock, maxLifeBlocks }: LevelStoreInit) {
    this.#dir = dir
    this.#logger = componentLogger(logger, 'store/level')
    this.#maxLife = maxLifeBlocks ?? DEFAULT_MAX_LIFE_BLOCKS
    this.#journal = new GrantJournal(dir, clock, logger)
    this.#nonces = new NonceBook(dir, clock, logger)
  }

  async open(): Promise<void> {
    if (this.#state === 'open') return
    const names = await ownFolder(this.#dir, `store ${this.#dir}`)
    const used = names.includes('grants') || names.includes('grants.high')
    // First, since its lock says whether another process is at work here.
    await this.#nonces.open(used)
    try {
      await this.#journal.open()
    } catch (error) {
      await this.#nonces.close()
      throw error
    }
    this.#state = 'open'
  }

  async close(): Promise<void> {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    await this.#journal.close()
    await this.#nonces.close()
  }

  health(height: Height | undefined): StoreHealth {
    const damage = this.#journal.damage
    if (damage === undefined) return { state: 'ready' }
    const { mark } = this.#journal
    if (damage.until === undefined) {
      const { reason } = damage
      if (height === undefined) return { state: 'damaged', reason, until: mark as Height }
      // Nothing tells how far the lost promises reach, but none was given for longer than this from now.
      const until = larger(height + this.#maxLife, mark)
      this.#settle({ reason, until }, until)
      return { state: 'damaged', reason, until: until as Height }
    }
    if (height === undefined || height <= damage.until) {
      return { state: 'damaged', reason: damage.reason, until: damage.until as Height }
    }
    this.#logger.info({ height: `${height}`, until: `${damage.until}` }, 'every lost promise has run out')
    this.#settle(undefined)
    return { state: 'ready' }
  }

  loadGrants(): Promise<readonly Grant[]> {
    return this.#journal.load()
  }

  async putGrant(grant: Grant): Promise<void> {
    await this.#journal.put(grant)
  }

  deleteGrants(keys: readonly string[]): Promise<void> {
    return this.#journal.delete(keys)
  }

  lastCreateTime(objectId: string): Promise<bigint | undefined> {
    return this.#nonces.last(objectId)
  }

  putCreateTime(objectId: string, createTime: bigint): Promise<void> {
    return this.#nonces.put(objectId, createTime)
  }

  async acceptLoss(): Promise<void> {
    const damage = this.#journal.damage
    if (damage !== undefined) this.#logger.warn({ reason: damage.reason }, 'the loss of grants was accepted')
    try {
      await this.#journal.setDamage(undefined)
    } catch (error) {
      this.#journal.stayDamaged(damage)
      throw error
    }
  }

  sizeBytes(): Promise<number> {
    return folderBytes(['.', 'grants', 'nonces'].map(part => join(this.#dir, part)))
  }

  /** Takes effect at once and is written behind: if that is lost, the next start comes to the same conclusion. */
  #settle(damage: Damage | undefined, mark?: bigint): void {
    this.#journal.setDamage(damage, mark).catch((error: unknown) => {
      this.#logger.warn({ error: messageOf(error) }, 'the state of the grant journal could not be written')
    })
  }
}
