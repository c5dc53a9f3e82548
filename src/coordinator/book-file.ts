import { readFile } from 'node:fs/promises'
import { parseEntry } from '../chain/entry-rules.js'
import type { SpAddress } from '../domain/brands.js'
import { ConfigError, messageOf, StoreError } from '../errors.js'
import { isMissing, writeFileAtomically } from '../kit/atomic-file.js'
import type { Book, Member } from './book.js'

/** What a coordinator must not forget: its list with every serial, and what its heights are counted from. */
export interface Stored {
  readonly network: string
  /** Unix milliseconds of height 0. */
  readonly genesisMs: number
  readonly blockTimeMs: number
  /** Made at random with the file: tells a list that began anew from this one. */
  readonly epoch: string
  readonly book: Book
}

/** `undefined` on the very first start. @throws StoreError `corrupt` | ConfigError */
export async function loadBook(file: string): Promise<Stored | undefined> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (cause) {
    if (isMissing(cause)) return undefined
    throw new ConfigError(`${file}: expected a readable file: ${messageOf(cause)}`, { cause })
  }
  try {
    return parse(JSON.parse(text))
  } catch (cause) {
    throw new StoreError('corrupt', `${file}: expected the file a coordinator wrote: ${messageOf(cause)}`, {
      cause,
      hint: 'restore it from a backup; without it the sequence starts anew and every client refuses the list'
    })
  }
}

/** Replaces the file as a whole and syncs it. @throws StoreError */
export async function saveBook(file: string, { book, ...rest }: Stored): Promise<void> {
  const members = [...book.members.values()]
  const text = JSON.stringify({ version: 1, ...rest, sequence: `${book.sequence}`, members })
  try {
    await writeFileAtomically(file, text)
  } catch (cause) {
    throw new StoreError('io', `${file}: the list cannot be written: ${messageOf(cause)}`, { cause })
  }
}

function parse(raw: unknown): Stored {
  const { version, network, genesisMs, blockTimeMs, epoch = '0'.repeat(16), sequence, members } = Object(raw)
  if (version !== 1 || typeof network !== 'string' || !Array.isArray(members) || !/^\d{1,18}$/.test(sequence)) {
    throw new TypeError('version, network, sequence or members')
  }
  if (!Number.isSafeInteger(genesisMs) || !Number.isSafeInteger(blockTimeMs)) {
    throw new TypeError('genesisMs or blockTimeMs')
  }
  const parsed = members.map((member, index): [SpAddress, Member] => {
    const { reachable = false, ...entry } = parseEntry(member, `members[${index}]`)
    const { serial, standing, proven = {} } = Object(member)
    if (!Number.isSafeInteger(serial) || !STANDINGS.includes(standing)) throw new TypeError(`members[${index}]`)
    if (!Object.values(proven).every(Number.isSafeInteger)) throw new TypeError(`members[${index}].proven`)
    return [entry.operatorAddress, { ...entry, reachable, serial, standing, proven }]
  })
  return {
    network,
    genesisMs,
    blockTimeMs,
    epoch: String(epoch),
    book: { sequence: BigInt(sequence), members: new Map(parsed) }
  }
}

const STANDINGS = ['listed', 'left', 'removed']
