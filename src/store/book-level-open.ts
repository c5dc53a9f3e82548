import type { PeerIdString } from '../domain/brands.js'
import { componentLogger, type Logger } from '../logger.js'
import type { BookContents, BookRecord } from './book.js'
import { decodeNode } from './book-record.js'
import { ownFolder } from './folder.js'
import { type LevelDb, openExisting, openFresh, setAside } from './level-db.js'
import { salvaged } from './level-files.js'
import type { Found } from './reconcile.js'
import { seal, unseal } from './seal.js'
import { storeFault } from './store-fault.js'

const FORMAT = 1
const FORMAT_KEY = 'format'
export const NODE_PREFIX = 'n/'
export const BLOCK_PREFIX = 'b/'

export interface BookPlace {
  readonly dir: string
  /** What errors call it. */
  readonly what: string
  /** Unix ms, for the name of a folder set aside. */
  readonly now: number
  readonly logger: Logger
}

type Entry = readonly [key: string, value: Uint8Array]

type Verdict =
  | { readonly is: 'good' }
  /** Nothing is in it, not even its format: the first write was lost. */
  | { readonly is: 'empty' }
  | { readonly is: 'damaged' | 'newer'; readonly reason: string; readonly good: readonly Entry[] }

/**
 * Opens the book in a folder. One that is corrupt or of a later format is set aside under another name, and a fresh one
 * takes over the records that could still be read.
 *
 * @throws StoreError locked, full, read-only, io
 */
export async function openBook({ dir, what, now, logger }: BookPlace): Promise<LevelDb> {
  let db: LevelDb | undefined
  try {
    await ownFolder(dir, what)
    const existing = await openExisting(dir, what)
    if (existing.found === 'whole') db = existing.value
    const verdict = await judge(existing, dir, what)
    if (verdict.is === 'damaged' || verdict.is === 'newer') {
      await db?.close()
      db = undefined
      const { reason, good } = verdict
      const aside = await setAside(dir, now, verdict.is)
      componentLogger(logger, 'store/book-level-open').warn(
        { reason, aside, records: good.length },
        'the peer book was set aside and is built anew'
      )
    }
    db ??= await openFresh(dir, what)
    if (verdict.is !== 'good') await begin(db, verdict.is === 'empty' ? [] : verdict.good)
    return db
  } catch (error) {
    await db?.close()
    throw storeFault(error, what)
  }
}

export interface ReadBook extends BookContents {
  /** Keys of the records that cannot be believed. */
  readonly bad: readonly string[]
}

/** Everything in the book. @throws StoreError corrupt when a block of it cannot be read */
export async function readBook(db: LevelDb, what: string): Promise<ReadBook> {
  const nodes: BookRecord[] = []
  const blocked: PeerIdString[] = []
  const bad: string[] = []
  try {
    for await (const [key, value] of db.iterator()) {
      if (key === FORMAT_KEY) continue
      const peerId = key.slice(NODE_PREFIX.length)
      const node = key.startsWith(NODE_PREFIX) ? decodeNode(peerId, value) : undefined
      if (node !== undefined) nodes.push(node)
      // A block whose record is damaged still blocks: its key says the same.
      else if (key.startsWith(BLOCK_PREFIX)) blocked.push((textOf(value) ?? peerId) as PeerIdString)
      else bad.push(key)
    }
  } catch (error) {
    throw storeFault(error, what)
  }
  return { nodes, blocked, bad }
}

/** The format goes in together with the first records. */
async function begin(db: LevelDb, entries: readonly Entry[]): Promise<void> {
  const all: readonly Entry[] = [[FORMAT_KEY, Buffer.from(seal(`${FORMAT}`))], ...entries]
  await db.batch(all.map(([key, value]) => ({ type: 'put' as const, key, value })))
}

/** Reads every record once: a damaged block shows itself only when it is read. */
async function judge(existing: Found<LevelDb>, dir: string, what: string): Promise<Verdict> {
  if (existing.found === 'missing') return { is: 'empty' }
  if (existing.found === 'corrupt') {
    const read = [...(await salvaged(dir))]
    return { is: 'damaged', reason: existing.reason, good: read.filter(([key, value]) => isGood(key, value)) }
  }
  const good: Entry[] = []
  let records = 0
  let format: string | undefined
  try {
    for await (const [key, value] of existing.value.iterator()) {
      records++
      if (key === FORMAT_KEY) format = textOf(value) ?? 'unreadable'
      else if (isGood(key, value)) good.push([key, value])
    }
  } catch (error) {
    const fault = storeFault(error, what)
    if (fault.kind !== 'corrupt') throw fault
    return { is: 'damaged', reason: fault.message, good }
  }
  if (format === `${FORMAT}`) return { is: 'good' }
  if (records === 0) return { is: 'empty' }
  const reason = `${what}: expected format ${FORMAT}, got ${format ?? 'none'}`
  if (format === undefined || !/^[1-9][0-9]*$/.test(format)) return { is: 'damaged', reason, good }
  return { is: 'newer', reason: `${reason}: a later version wrote it`, good: [] }
}

/** A peer that an operator blocked, named once more under its seal. */
export const encodeBlock = (peerId: PeerIdString): Uint8Array => Buffer.from(seal(peerId))

const textOf = (value: Uint8Array): string | undefined => unseal(Buffer.from(value).toString())

const isGood = (key: string, value: Uint8Array): boolean =>
  key.startsWith(BLOCK_PREFIX) ||
  (key.startsWith(NODE_PREFIX) && decodeNode(key.slice(NODE_PREFIX.length), value) !== undefined)
