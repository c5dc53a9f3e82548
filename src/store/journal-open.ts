import { randomUUID } from 'node:crypto'
import { GRANT_MARK_STEP } from '../constants.js'
import { larger } from '../domain/larger.js'
import { componentLogger, type Logger } from '../logger.js'
import { encodeGrant, FORMAT } from './grant-record.js'
import { readHighMark, writeHighMark } from './high-mark.js'
import { addSum, encodeMeta, type JournalMeta, META_KEY } from './journal-meta.js'
import { type Scan, scan, wholeRecords } from './journal-scan.js'
import { type LevelDb, openExisting, openFresh, setAside } from './level-db.js'
import { salvaged } from './level-files.js'
import { reconcile } from './reconcile.js'
import { storeFault } from './store-fault.js'

export interface OpenedJournal {
  readonly db: LevelDb
  meta: JournalMeta
  /** Check sums of the records, by their key in the database. */
  readonly checks: Map<string, bigint>
  /** The mark as it stands in the side file, synced. */
  sideMark: bigint
}

export interface JournalPlace {
  readonly dir: string
  readonly sideFile: string
  /** Unix ms, for the name of a folder set aside. */
  readonly now: number
  readonly logger: Logger
}

interface Saved {
  readonly records: readonly { readonly key: string; readonly value: Uint8Array }[]
  readonly checks: Map<string, bigint>
  readonly highest: bigint
}

/** The next step at or above a height. */
export const raisedMark = (height: bigint): bigint =>
  ((height + GRANT_MARK_STEP - 1n) / GRANT_MARK_STEP) * GRANT_MARK_STEP

/**
 * Opens the journal and settles it with its side file. One that cannot be believed is set aside whole, and a fresh one
 * takes over the records that are still good: those promises stand, whatever else is lost. Records of an older format are
 * rewritten.
 *
 * @throws StoreError newer, locked, full, read-only, io
 */
export async function openJournal(place: JournalPlace): Promise<OpenedJournal> {
  const logger = componentLogger(place.logger, 'store/journal-open')
  let db: LevelDb | undefined
  try {
    const existing = await openExisting(place.dir, 'grant journal')
    if (existing.found === 'whole') db = existing.value
    const { meta, checks, outdated }: Scan =
      db !== undefined
        ? await scan(db)
        : { meta: existing.found === 'corrupt' ? existing : { found: 'missing' }, checks: new Map(), outdated: false }
    const plan = reconcile(meta, await readHighMark(place.sideFile))
    let saved: Saved = { records: [], checks, highest: 0n }
    if (meta.found === 'corrupt') {
      await db?.close()
      db = undefined
      saved = await save(await salvaged(place.dir))
      const aside = await setAside(place.dir, place.now)
      logger.error({ aside, kept: saved.records.length, reason: meta.reason }, 'the grant journal was set aside')
    } else if (db !== undefined && outdated) {
      saved = await save(db.iterator())
      logger.info({ grants: saved.records.length, format: FORMAT }, 'the grants of an older version are taken over')
    }
    db ??= await openFresh(place.dir, 'grant journal')
    return await settle({ ...place, logger }, db, plan, saved)
  } catch (error) {
    await db?.close()
    throw storeFault(error, 'grant journal')
  }
}

/** The records that are whole, in our format. */
async function save(read: Parameters<typeof wholeRecords>[0]): Promise<Saved> {
  const records: { key: string; value: Uint8Array }[] = []
  const checks = new Map<string, bigint>()
  let highest = 0n
  for await (const { key, value, grant, check, format } of wholeRecords(read)) {
    const record = format === FORMAT ? { bytes: value, check } : encodeGrant(grant)
    records.push({ key, value: record.bytes })
    checks.set(key, record.check)
    if (grant.expiredHeight > highest) highest = grant.expiredHeight
  }
  return { records, checks, highest }
}

/** Journal first, in one synced batch, then its side file: see `reconcile`. A crash leaves the old one or the new one. */
async function settle(
  { logger, sideFile }: JournalPlace,
  db: LevelDb,
  plan: ReturnType<typeof reconcile>,
  { records, checks, highest }: Saved
): Promise<OpenedJournal> {
  const meta: JournalMeta = {
    id: plan.id ?? randomUUID(),
    mark: larger(plan.mark, raisedMark(highest)),
    // One above the highest seen: a copy made before this start is recognised as older.
    sequence: plan.sequence + 1n,
    count: checks.size,
    sum: [...checks.values()].reduce(addSum, 0n),
    damage: plan.damage
  }
  const puts = [...records, { key: META_KEY, value: encodeMeta(meta) }]
  await db.batch(
    puts.map(put => ({ type: 'put' as const, ...put })),
    { sync: true }
  )
  await writeHighMark(sideFile, meta)
  if (meta.damage !== undefined) {
    const { reason, until } = meta.damage
    logger.error({ reason, until: until === undefined ? 'unknown' : `${until}` }, 'grants may be lost: none is given')
  }
  return { db, meta, checks, sideMark: meta.mark }
}
