import { mkdir, readdir, readFile, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Level } from 'level'
import { messageOf } from '../errors.js'
import { tableDamage } from './level-files.js'
import type { Found } from './reconcile.js'
import { lockedStore, saysNoDatabase, storeFault } from './store-fault.js'

export type LevelDb = Level<string, Uint8Array>

/** Files LevelDB leaves in a folder even when it finds no database there. */
const WORTHLESS = new Set(['LOCK', 'LOG', 'LOG.old'])

/**
 * Opens the database in a folder if there is one. A folder with data but no database is `corrupt`, and so is not
 * opened with `createIfMissing`: LevelDB would remove the files that its empty catalogue does not name. One with a damaged
 * table is not opened at all: LevelDB would end the process as soon as it compacts it.
 *
 * @throws StoreError locked, full, read-only, io
 */
export async function openExisting(dir: string, what: string): Promise<Found<LevelDb>> {
  try {
    const damage = await tableDamage(dir)
    if (damage !== undefined) {
      if (await isLocked(join(dir, 'LOCK'))) throw lockedStore(what)
      return { found: 'corrupt', reason: `${what}: ${damage}` }
    }
    const db = await open(dir, { createIfMissing: false })
    return { found: 'whole', value: db }
  } catch (error) {
    if (saysNoDatabase(error)) {
      const left = (await readdir(dir)).filter(name => !WORTHLESS.has(name))
      return left.length === 0
        ? { found: 'missing' }
        : { found: 'corrupt', reason: `${what}: ${left.length} files, but no CURRENT` }
    }
    const fault = storeFault(error, what)
    if (fault.kind !== 'corrupt') throw fault
    return { found: 'corrupt', reason: fault.message }
  }
}

/** Whether a process holds the lock of a database; only Linux tells without taking it. */
async function isLocked(file: string): Promise<boolean> {
  try {
    const [{ ino }, locks] = await Promise.all([stat(file), readFile('/proc/locks', 'utf8')])
    return locks.split('\n').some(line => line.includes(`:${ino} `))
  } catch {
    return false
  }
}

/** An empty database in an empty folder. @throws StoreError */
export async function openFresh(dir: string, what: string): Promise<LevelDb> {
  try {
    return await open(dir, { createIfMissing: true })
  } catch (error) {
    throw storeFault(error, what)
  }
}

/** The folder comes first: a `Level` begins to open as soon as it exists, and LevelDB makes a missing folder 0755. */
async function open(dir: string, { createIfMissing }: { readonly createIfMissing: boolean }): Promise<LevelDb> {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const db: LevelDb = new Level(dir, { createIfMissing, keyEncoding: 'utf8', valueEncoding: 'view' })
  await db.open()
  return db
}

/**
 * Renames a folder that cannot be used, so that somebody may still look at it. Returns its new name.
 * @param now Unix ms, becomes part of the name
 */
export async function setAside(dir: string, now: number, why: 'damaged' | 'newer' = 'damaged'): Promise<string> {
  const stamp = new Date(now).toISOString().replaceAll(/[-:]|\.\d+/g, '')
  for (let attempt = 0; ; attempt++) {
    const aside = `${dir}.${why}-${stamp}${attempt === 0 ? '' : `-${attempt}`}`
    try {
      // A rename onto an older one fails, since that is a folder with files in it.
      await rename(dir, aside)
      return aside
    } catch (error) {
      if (attempt >= 100) throw storeFault(error, `${dir}: cannot be renamed aside (${messageOf(error)})`)
    }
  }
}
