/** A LevelDB folder read without LevelDB: before it is opened, and when it cannot be. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '../errors.js'
import { liveTables, logRecords, writesOf } from './level-log.js'
import { dataBlocks } from './level-table.js'

const TABLE = /^(\d+)\.(ldb|sst)$/
const LOG = /^\d+\.log$/
/** After a key of a table: number of its write, and whether it was put. */
const TAIL_BYTES = 8

/**
 * What is damaged in the tables that the catalogue names; `undefined`: nothing. Catalogue and logs are checked by LevelDB
 * when it opens them.
 */
export async function tableDamage(dir: string): Promise<string | undefined> {
  const live = await tablesOf(dir)
  for (const name of await names(dir)) {
    const number = TABLE.exec(name)?.[1]
    if (number === undefined || live?.has(Number(number)) !== true) continue
    const table = await readFile(join(dir, name))
    try {
      let count = 0
      for (const block of dataBlocks(table)) {
        count++
        if (block === undefined) return `block ${count} of ${name} is not what was written`
      }
    } catch (error) {
      return `${name}: ${messageOf(error)}`
    }
  }
  return undefined
}

/** Every record that can still be read, the latest write of each; damaged blocks are left out. */
export async function salvaged(dir: string): Promise<ReadonlyMap<string, Uint8Array>> {
  const latest = new Map<string, { readonly sequence: bigint; readonly value: Buffer | undefined }>()
  const take = (key: string, sequence: bigint, value: Buffer | undefined): void => {
    const known = latest.get(key)
    if (known === undefined || known.sequence < sequence) latest.set(key, { sequence, value })
  }
  const live = await tablesOf(dir)
  for (const name of await names(dir)) {
    const number = TABLE.exec(name)?.[1]
    if (number === undefined ? !LOG.test(name) : live?.has(Number(number)) === false) continue
    const file = await readFile(join(dir, name))
    try {
      if (number === undefined) {
        for (const record of logRecords(file)) {
          for (const { key, sequence, value } of writesOf(record)) take(key, sequence, value)
        }
        continue
      }
      for (const block of dataBlocks(file)) {
        for (const [key, value] of block?.() ?? []) {
          const at = key.length - TAIL_BYTES
          const tail = key.readBigUInt64LE(at)
          take(key.toString('utf8', 0, at), tail >> 8n, (tail & 1n) === 1n ? value : undefined)
        }
      }
    } catch {
      // The rest of this file cannot be read.
    }
  }
  return new Map([...latest].flatMap(([key, { value }]) => (value === undefined ? [] : [[key, value]])))
}

/** Numbers of the live tables; `undefined` where no catalogue can be read. */
async function tablesOf(dir: string): Promise<ReadonlySet<number> | undefined> {
  try {
    const current = (await readFile(join(dir, 'CURRENT'), 'utf8')).trim()
    return /^MANIFEST-\d+$/.test(current) ? liveTables(await readFile(join(dir, current))) : undefined
  } catch {
    return undefined
  }
}

const names = async (dir: string): Promise<readonly string[]> => (await readdir(dir).catch(() => [])).sort()
