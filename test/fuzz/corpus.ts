/** Messages to start from, and an endless row of inputs made of them. */
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { mutate } from './mutate.js'
import type { Random } from './random.js'
import { worstCases } from './worst-cases.js'

export type MessageKind = 'ping' | 'pong' | 'task'
export const MESSAGE_KINDS: readonly MessageKind[] = ['ping', 'pong', 'task']

export interface FuzzInput {
  readonly message: MessageKind
  readonly bytes: Uint8Array
}

const VECTORS = resolve(import.meta.dirname, '../../../test/vectors/gfsp-0.0.1')

const rows = <Row>(file: string): Row[] => JSON.parse(readFileSync(join(VECTORS, file), 'utf8')) as Row[]
const bytesOf = (wire: string): Uint8Array => Uint8Array.from(Buffer.from(wire, 'hex'))

/** What the reference implementation wrote and met, and what our caps are for. */
export function loadCorpus(): Readonly<Record<MessageKind, readonly Uint8Array[]>> {
  const corpus: Record<MessageKind, Uint8Array[]> = { ping: [], pong: [], task: [] }
  for (const message of ['ping', 'pong'] as const) {
    corpus[message].push(...rows<{ wire: string }>(`${message}.json`).map(row => bytesOf(row.wire)))
  }
  for (const row of rows<Record<'ask' | 'approval', { wire: string }>>('task.json')) {
    corpus.task.push(bytesOf(row.ask.wire), bytesOf(row.approval.wire))
  }
  for (const row of rows<{ message: MessageKind; wire: string }>('decode.json'))
    corpus[row.message].push(bytesOf(row.wire))
  // Big messages are slow to change; a few of them are enough.
  for (const { message, bytes } of worstCases()) if (bytes.length <= 4_096) corpus[message].push(bytes)
  return corpus
}

/** The next input: mostly a changed message, now and then random bytes or a message taken for another kind. */
export function nextInput(random: Random, corpus: Readonly<Record<MessageKind, readonly Uint8Array[]>>): FuzzInput {
  const message = random.pick(MESSAGE_KINDS)
  const choice = random.below(20)
  if (choice === 0) return { message, bytes: random.bytes(random.below(64)) }
  const source = choice === 1 ? random.pick(MESSAGE_KINDS) : message
  return { message, bytes: mutate(random, random.pick(corpus[source])) }
}
