import { messageOf } from '../errors.js'
import { type DecodedGrant, decodeGrant, FORMAT } from './grant-record.js'
import { addSum, decodeMeta, GRANT_PREFIX, type JournalMeta, META_KEY } from './journal-meta.js'
import type { LevelDb } from './level-db.js'
import type { Found } from './reconcile.js'
import { storeFault } from './store-fault.js'

/** What stands in a journal, with every record checked. */
export interface Scan {
  readonly meta: Found<JournalMeta>
  /** Check sums of the good records, by their key in the database. */
  readonly checks: Map<string, bigint>
  /** Some records have an older format. */
  readonly outdated: boolean
}

export type WholeRecord = Extract<DecodedGrant, { ok: true }> & { readonly key: string; readonly value: Uint8Array }

/** Reads the whole journal once and checks every record. @throws StoreError newer, and what keeps it from being read */
export async function scan(db: LevelDb): Promise<Scan> {
  const checks = new Map<string, bigint>()
  const bad: string[] = []
  let meta: JournalMeta | undefined
  let sum = 0n
  let outdated = false
  try {
    for await (const [key, value] of db.iterator()) {
      if (key === META_KEY) {
        meta = decodeMeta(value)
        if (meta === undefined) bad.push('its own record is unreadable')
        continue
      }
      const record = decodeGrant(key.slice(GRANT_PREFIX.length), value)
      if (key.startsWith(GRANT_PREFIX) && record.ok) {
        checks.set(key, record.check)
        sum = addSum(sum, record.check)
        outdated ||= record.format < FORMAT
      } else bad.push(record.ok ? `a record of unknown kind ${JSON.stringify(key)}` : record.reason)
    }
  } catch (error) {
    // Too many open files or a missing right do not make a journal corrupt.
    const fault = storeFault(error, 'grant journal')
    if (fault.kind !== 'corrupt') throw fault
    bad.push(messageOf(error))
  }
  const [first] = bad
  const found = (meta: Scan['meta']): Scan => ({ meta, checks, outdated })
  const corrupt = (reason: string): Scan => found({ found: 'corrupt', reason: `grant journal: ${reason}` })
  if (first !== undefined) return corrupt(bad.length === 1 ? first : `${first}, and ${bad.length - 1} more`)
  if (meta === undefined) {
    return checks.size === 0 ? found({ found: 'missing' }) : corrupt('its own record is missing')
  }
  if (meta.count !== checks.size || meta.sum !== sum) {
    return corrupt(`expected ${meta.count} records of sum ${meta.sum}, got ${checks.size} of sum ${sum}`)
  }
  return found({ found: 'whole', value: meta })
}

/** The records that are whole, of all that stand in a database or could be read of it. */
export async function* wholeRecords(
  records: AsyncIterable<readonly [string, Uint8Array]> | Iterable<readonly [string, Uint8Array]>
): AsyncGenerator<WholeRecord> {
  for await (const [key, value] of records) {
    const record = decodeGrant(key.slice(GRANT_PREFIX.length), value)
    if (key.startsWith(GRANT_PREFIX) && record.ok) yield { key, value, ...record }
  }
}
