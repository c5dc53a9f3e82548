/** The side file `grants.high`: one sealed line beside the journal, replaced as a whole. */
import { readFile } from 'node:fs/promises'
import { isMissing, writeFileAtomically } from '../kit/atomic-file.js'
import type { Found, Marks } from './reconcile.js'
import { seal, unseal } from './seal.js'
import { newerFormat } from './store-fault.js'

const VERSION = 1
/** A line has some 120 bytes; a far longer file is not ours. */
const MAX_BYTES = 4_096

export async function writeHighMark(file: string, marks: Marks): Promise<void> {
  const { id, mark, sequence } = marks
  const line = seal(JSON.stringify({ version: VERSION, id, mark: `${mark}`, sequence: `${sequence}` }))
  await writeFileAtomically(file, line)
}

/** @throws StoreError newer, and what the file system says */
export async function readHighMark(file: string): Promise<Found<Marks>> {
  let line: Buffer
  try {
    line = await readFile(file)
  } catch (error) {
    if (isMissing(error)) return { found: 'missing' }
    throw error
  }
  const marks = line.length > MAX_BYTES ? undefined : parse(unseal(line.toString()))
  return marks === undefined
    ? { found: 'corrupt', reason: `grants.high: ${line.length} bytes that are not a whole mark` }
    : { found: 'whole', value: marks }
}

function parse(text: string | undefined): Marks | undefined {
  if (text === undefined) return undefined
  const { version, id, mark, sequence } = JSON.parse(text) as Record<string, unknown>
  if (typeof version === 'number' && version > VERSION) throw newerFormat('grants.high', version, VERSION)
  if (typeof id !== 'string' || typeof mark !== 'string' || typeof sequence !== 'string') return undefined
  return { id, mark: BigInt(mark), sequence: BigInt(sequence) }
}
