/** The journal's record about itself, written with every batch. */
import { FORMAT } from './grant-record.js'
import type { Damage, JournalMarks } from './reconcile.js'
import { seal, unseal } from './seal.js'
import { newerFormat } from './store-fault.js'

/** Where it stands in the database; grants stand under `g/` and their key. */
export const META_KEY = 'meta'
export const GRANT_PREFIX = 'g/'

/**
 * LevelDB drops the rest of a damaged log block without a word. `count` and `sum` (of the records' check sums, modulo
 * 2^64) tell when a record went missing between two that are there; `sequence` tells when the last ones did.
 */
export interface JournalMeta extends JournalMarks {
  readonly count: number
  readonly sum: bigint
}

export function encodeMeta(meta: JournalMeta): Uint8Array {
  const { id, mark, sequence, count, sum, damage } = meta
  const fields = { version: FORMAT, id, mark: `${mark}`, sequence: `${sequence}`, count, sum: `${sum}` }
  const text = damage === undefined ? fields : { ...fields, damage: { ...damage, until: untilText(damage) } }
  return Buffer.from(seal(JSON.stringify(text)))
}

/** `undefined` when the bytes are not what we wrote. @throws StoreError newer */
export function decodeMeta(bytes: Uint8Array): JournalMeta | undefined {
  const text = unseal(Buffer.from(bytes).toString())
  if (text === undefined) return undefined
  const fields = JSON.parse(text) as Record<string, unknown>
  const { version, id, mark, sequence, count, sum, damage } = fields
  if (typeof version === 'number' && version > FORMAT) throw newerFormat('the grant journal', version, FORMAT)
  if (typeof id !== 'string' || typeof count !== 'number') return undefined
  return {
    id,
    mark: BigInt(String(mark)),
    sequence: BigInt(String(sequence)),
    count,
    sum: BigInt(String(sum)),
    damage: damage === undefined ? undefined : decodeDamage(damage as { reason: string; until: string })
  }
}

const decodeDamage = ({ reason, until }: { reason: string; until: string }): Damage => ({
  reason,
  until: until === '' ? undefined : BigInt(until)
})

const untilText = (damage: Damage): string => (damage.until === undefined ? '' : `${damage.until}`)

export const addSum = (sum: bigint, check: bigint): bigint => BigInt.asUintN(64, sum + check)
export const subtractSum = (sum: bigint, check: bigint): bigint => BigInt.asUintN(64, sum - check)
