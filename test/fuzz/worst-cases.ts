/** The dearest messages within and just beyond every cap: what decoding may cost is measured on them. */
import {
  MAX_CHECKSUMS,
  MAX_NODE_ADDRESSES,
  MAX_PING_BYTES,
  MAX_PONG_BYTES,
  MAX_PONG_NODES,
  MAX_TAGS,
  MAX_TASK_BYTES
} from '../../src/constants.js'
import type { MessageKind } from './corpus.js'
import { type Field, fieldBytes, varint } from './fields.js'

export interface WorstCase {
  readonly name: string
  readonly message: MessageKind
  readonly bytes: Uint8Array
}

const nothing = new Uint8Array(0)
const field = (number: number, content: Uint8Array | string = nothing): Field => ({
  number,
  wireType: 2,
  content: typeof content === 'string' ? Buffer.from(content) : content
})
const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index))
const two = (index: number): string => String.fromCharCode(33 + (index % 90), 33 + (Math.floor(index / 90) % 90))

/** As many fields as fit under the cap. */
const filled = (cap: number, one: Uint8Array): Uint8Array => {
  const bytes = new Uint8Array(cap - (cap % one.length))
  for (let at = 0; at < bytes.length; at += one.length) bytes.set(one, at)
  return bytes
}
const object = (...fields: readonly Field[]): Uint8Array => fieldBytes([field(2, fieldBytes(fields))])
const text = (length: number, pattern: string): Uint8Array =>
  Buffer.from(pattern.repeat(Math.floor(length / Buffer.byteLength(pattern))))
const ROOM = 64

export const worstCases = (): readonly WorstCase[] => [
  { name: 'ping: superseded addresses', message: 'ping', bytes: filled(MAX_PING_BYTES, fieldBytes([field(1, 'a')])) },
  {
    name: 'pong: empty nodes at their cap',
    message: 'pong',
    bytes: filled(2 * MAX_PONG_NODES, fieldBytes([field(1)]))
  },
  { name: 'pong: empty nodes beyond it', message: 'pong', bytes: filled(MAX_PONG_BYTES, fieldBytes([field(1)])) },
  { name: 'pong: superseded addresses', message: 'pong', bytes: filled(MAX_PONG_BYTES, fieldBytes([field(2, 'a')])) },
  { name: 'pong: unknown fields', message: 'pong', bytes: filled(MAX_PONG_BYTES, Uint8Array.of(0x78, 0x01)) },
  { name: 'pong: groups in groups', message: 'pong', bytes: filled(MAX_PONG_BYTES, Uint8Array.of(0x7b)) },
  {
    name: 'pong: one long group',
    message: 'pong',
    bytes: fieldBytes([
      { number: 15, wireType: 3, content: filled(MAX_PONG_BYTES - ROOM, Uint8Array.of(0x08, 0x01)) },
      { number: 15, wireType: 4, content: nothing }
    ])
  },
  { name: 'pong: short addresses', message: 'pong', bytes: pong(230, MAX_NODE_ADDRESSES, two) },
  {
    name: 'pong: long addresses up to the cap',
    message: 'pong',
    bytes: pong(300, 20, index => `/ip4/10.0.0.1/tcp/${index}/p2p/${'é'.repeat(4)}`)
  },
  {
    name: 'pong: wide text up to the cap',
    message: 'pong',
    bytes: fieldBytes([
      field(2, text(MAX_PONG_BYTES - ROOM, 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa字'))
    ])
  },
  { name: 'task: nothing but an object', message: 'task', bytes: object() },
  {
    name: 'task: empty checksums and tags at their caps',
    message: 'task',
    bytes: object(...times(MAX_CHECKSUMS, () => field(14)), field(15, fieldBytes(times(MAX_TAGS, () => field(1)))))
  },
  {
    name: 'task: one-byte checksums at their cap',
    message: 'task',
    bytes: object(...times(MAX_CHECKSUMS, () => field(14, Uint8Array.of(7))))
  },
  {
    name: 'task: checksums beyond their cap',
    message: 'task',
    bytes: object(field(14, nothing), ...times(20_000, () => field(14)))
  },
  {
    name: 'task: tags beyond their cap',
    message: 'task',
    bytes: object(field(15, fieldBytes(times(16_000, () => field(1)))))
  },
  { name: 'task: superseded messages', message: 'task', bytes: filled(MAX_TASK_BYTES, fieldBytes([field(2)])) },
  { name: 'task: superseded texts', message: 'task', bytes: filled(MAX_TASK_BYTES, fieldBytes([field(4, 'ab')])) },
  { name: 'task: a name up to the cap', message: 'task', bytes: object(field(4, text(MAX_TASK_BYTES - ROOM, 'a'))) },
  {
    name: 'task: a wide name up to the cap',
    message: 'task',
    bytes: object(field(4, text(MAX_TASK_BYTES - ROOM, 'aaaaaaaaaaaaaaa字')))
  },
  {
    name: 'task: a name that JSON escapes',
    message: 'task',
    bytes: object(field(4, text(MAX_TASK_BYTES - ROOM, '\b')))
  },
  {
    name: 'task: long checksums up to the cap',
    message: 'task',
    bytes: object(...times(MAX_CHECKSUMS, index => field(14, new Uint8Array(248).fill(index))))
  },
  {
    name: 'task: numbers spelled as long as they can be',
    message: 'task',
    bytes: object({
      number: 7,
      wireType: 0,
      content: filled(60_000, fieldBytes([{ number: 7, wireType: 0, content: varint((1n << 64n) - 1n) }])).subarray(1)
    })
  }
]

function pong(nodes: number, addresses: number, address: (index: number) => string): Uint8Array {
  return fieldBytes(
    times(nodes, node => field(1, fieldBytes(times(addresses, index => field(2, address(node * addresses + index))))))
  )
}
