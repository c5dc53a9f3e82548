import { join } from 'node:path'
import { DEFAULT_MAX_LIFE_BLOCKS } from '../constants.js'
import type { Height } from '../domain/brands.js'
import { larger } from '../domain/larger.js'
import { messageOf, requireObject } from '../errors.js'
import { type Clock, systemClock } from '../kit/clock.js'
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
export function levelStore(init: LevelStoreInit): ApprovalStore {
  requireObject('options', '{ dir }', init, 'dir')
  const { dir, logger = silentLogger, clock = systemClock, maxLifeBlocks = DEFAULT_MAX_LIFE_BLOCKS } = init
  const journal = new GrantJournal(dir, clock, logger)
  const nonces = new NonceBook(dir, clock, logger)
  const log = componentLogger(logger, 'store/level')
  let isOpen = false

  /** Takes effect at once; the write follows. If that is lost, the next start comes to the same conclusion. */
  const settle = (damage: Damage | undefined, mark?: bigint): void => {
    journal.setDamage(damage, mark).catch((error: unknown) => {
      log.warn({ error: messageOf(error) }, 'the state of the grant journal could not be written')
    })
  }

  const health = (height: Height | undefined): StoreHealth => {
    const { damage, mark } = journal
    if (damage === undefined) return { state: 'ready' }
    const { reason } = damage
    if (damage.until === undefined) {
      if (height === undefined) return { state: 'damaged', reason, until: mark as Height }
      // Nothing tells how far the lost promises reach, but none was given for longer than this from now.
      const until = larger(height + maxLifeBlocks, mark)
      settle({ reason, until }, until)
      return { state: 'damaged', reason, until: until as Height }
    }
    if (height === undefined || height <= damage.until) {
      return { state: 'damaged', reason, until: damage.until as Height }
    }
    log.info({ height: `${height}`, until: `${damage.until}` }, 'every lost promise has run out')
    settle(undefined)
    return { state: 'ready' }
  }

  return {
    kind: 'level',
    open: async () => {
      if (isOpen) return
      const names = await ownFolder(dir, `store ${dir}`)
      const used = names.includes('grants') || names.includes('grants.high')
      // First, since its lock says whether another process is at work here.
      await nonces.open(used)
      try {
        await journal.open()
      } catch (error) {
        await nonces.close()
        throw error
      }
      isOpen = true
    },
    close: async () => {
      if (!isOpen) return
      isOpen = false
      await journal.close()
      await nonces.close()
    },
    health,
    loadGrants: () => journal.load(),
    putGrant: grant => journal.put(grant),
    deleteGrants: keys => journal.delete(keys),
    createTimes: async () => nonces.spans(),
    putCreateTimes: spans => nonces.put(spans),
    acceptLoss: async () => {
      const { damage } = journal
      if (damage !== undefined) log.warn({ reason: damage.reason }, 'the loss of grants was accepted')
      try {
        await journal.setDamage(undefined)
      } catch (error) {
        journal.stayDamaged(damage)
        throw error
      }
    },
    sizeBytes: () => folderBytes(['.', 'grants', 'nonces'].map(part => join(dir, part)))
  }
}
