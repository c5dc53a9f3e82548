import t from 'tap'
import { pingSignBytes, pongSignBytes, taskSignBytes } from '../../src/codec/sign-bytes.js'
import { decodePing, decodePong, decodeTask, encodePing, encodePong, encodeTask } from '../../src/codec/task-codec.js'
import { taskKey } from '../../src/domain/task-key.js'
import { DecodeError, type DecodeReason } from '../../src/errors.js'
import { fromHex, hex, holdRows, text } from './rows.js'

interface Row {
  readonly name: string
  readonly message: 'ping' | 'pong' | 'task'
  readonly wire: string
  readonly verdict: 'accept' | 'refuse' | 'panic'
  readonly reencoded?: string
  readonly sign_bytes?: string
  readonly key?: string
}

/** Where Go accepts and we do not, one of these says why. Anything else is a difference. */
const STRICTER: Partial<Record<DecodeReason, string>> = {
  'invalid-utf8': 'proto3 forbids it; Go keeps the bytes and signs the replacement character',
  'non-canonical-id': '007, +1, 0x10 and 1_000 would be many keys for one object',
  'too-large': 'byte caps before parsing',
  'too-many-elements': 'caps of repeated and of all fields'
}

/** Where the Go process ends: the key of a task without object information. */
const INSTEAD_OF_PANIC: readonly DecodeReason[] = ['missing-object-info']

function read({ message, wire }: Row): { reencoded: string; signBytes: string; key: string | undefined } {
  const bytes = fromHex(wire)
  if (message === 'ping') {
    const ping = decodePing(bytes)
    return { reencoded: hex(encodePing(ping)), signBytes: text(pingSignBytes(ping)), key: undefined }
  }
  if (message === 'pong') {
    const pong = decodePong(bytes)
    return { reencoded: hex(encodePong(pong)), signBytes: text(pongSignBytes(pong)), key: undefined }
  }
  const task = decodeTask(bytes)
  return { reencoded: hex(encodeTask(task)), signBytes: text(taskSignBytes(task)), key: taskKey(task.objectInfo) }
}

t.test(
  'what the Go decoder refuses is refused, and what it accepts reads the same or is refused for a named reason',
  t =>
    holdRows<Row>(t, 'decode.json', (row, compare) => {
      const field = (name: string): string => `(${row.message} ${row.name}) ${name}`
      let result: ReturnType<typeof read>
      try {
        result = read(row)
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error
        const { reason } = error
        if (row.verdict === 'panic')
          compare(field('reason instead of a panic'), INSTEAD_OF_PANIC.includes(reason), true)
        if (row.verdict === 'accept' && STRICTER[reason] === undefined)
          compare(field('verdict'), `refuse ${reason}`, 'accept')
        return
      }
      if (row.verdict !== 'accept') compare(field('verdict'), 'accept', row.verdict)
      compare(field('reencoded'), result.reencoded, row.reencoded)
      compare(field('sign_bytes'), result.signBytes, row.sign_bytes)
      compare(field('key'), result.key, row.key)
    })
)
