import { larger } from '../domain/larger.js'

/**
 * What is concluded at a start from the journal and its side file: pure, so that every combination is a row of a test.
 *
 * The side file proves that the journal is the newest one. Both carry the store's id, the highest height promised
 * (`mark`, raised ahead of use) and the number of the last write (`sequence`). The journal is always written first, so
 * in a whole store it is never behind.
 */
export interface Marks {
  readonly id: string
  readonly mark: bigint
  readonly sequence: bigint
}

/** Promises may be lost until `until`; `undefined` where nothing tells how far they reached. */
export interface Damage {
  readonly reason: string
  readonly until: bigint | undefined
}

export interface JournalMarks extends Marks {
  /** A damage that was found before and has not healed. */
  readonly damage: Damage | undefined
}

export type Found<T> =
  | { readonly found: 'whole'; readonly value: T }
  | { readonly found: 'missing' }
  | { readonly found: 'corrupt'; readonly reason: string }

export interface Plan {
  /** `undefined`: a new store. */
  readonly id: string | undefined
  readonly mark: bigint
  readonly sequence: bigint
  readonly damage: Damage | undefined
}

export function reconcile(journal: Found<JournalMarks>, side: Found<Marks>): Plan {
  if (journal.found === 'whole') return withJournal(journal.value, side)
  if (side.found === 'whole') {
    const { id, mark, sequence } = side.value
    const reason = journal.found === 'corrupt' ? journal.reason : 'the grant journal is missing'
    // Nothing was ever promised, so nothing can be lost.
    const damage = mark === 0n ? undefined : { reason, until: mark }
    return { id, mark, sequence, damage }
  }
  if (journal.found === 'missing' && side.found === 'missing') {
    return { id: undefined, mark: 0n, sequence: 0n, damage: undefined }
  }
  const reason = [journal, side].flatMap(part => (part.found === 'corrupt' ? [part.reason] : [])).join('; ')
  return { id: undefined, mark: 0n, sequence: 0n, damage: { reason, until: undefined } }
}

function withJournal(journal: JournalMarks, side: Found<Marks>): Plan {
  const { id, mark, sequence, damage } = journal
  if (side.found === 'missing') {
    if (mark === 0n) return { id, mark, sequence, damage }
    return { id, mark, sequence, damage: worse(damage, { reason: 'grants.high is missing', until: undefined }) }
  }
  if (side.found === 'corrupt') {
    return { id, mark, sequence, damage: worse(damage, { reason: side.reason, until: undefined }) }
  }
  const highest = larger(mark, side.value.mark)
  const latest = larger(sequence, side.value.sequence)
  const reason = disagreement(journal, side.value)
  const found = reason === undefined ? undefined : { reason, until: highest }
  return { id, mark: highest, sequence: latest, damage: worse(damage, found) }
}

function disagreement(journal: Marks, side: Marks): string | undefined {
  if (journal.id !== side.id) return `the grant journal is of store ${journal.id}, grants.high of ${side.id}`
  if (journal.mark < side.mark) {
    return `the grant journal is older than grants.high: promises up to ${journal.mark}, there up to ${side.mark}`
  }
  if (journal.sequence < side.sequence) {
    return `the grant journal is older than grants.high: write ${journal.sequence}, there ${side.sequence}`
  }
  return undefined
}

/** Both hold: the later end, and every reason. */
function worse(a: Damage | undefined, b: Damage | undefined): Damage | undefined {
  if (a === undefined || b === undefined) return a ?? b
  const until = a.until === undefined || b.until === undefined ? undefined : larger(a.until, b.until)
  return { reason: a.reason.includes(b.reason) ? a.reason : `${a.reason}; ${b.reason}`, until }
}
