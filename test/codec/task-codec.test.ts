import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { decodePing, decodePong, decodeTask, encodePing, encodePong, encodeTask } from '../../src/codec/task-codec.js'
import {
  MAX_CHECKSUMS,
  MAX_FIELDS,
  MAX_NODE_ADDRESSES,
  MAX_PING_BYTES,
  MAX_PONG_BYTES,
  MAX_PONG_NODES,
  MAX_TAGS,
  MAX_TASK_BYTES
} from '../../src/constants.js'
import type { ObjectInfo, ReplicatePieceApprovalTask } from '../../src/domain/task.js'
import { EMPTY_OBJECT_INFO, EMPTY_TASK } from '../../src/domain/task-defaults.js'
import { DecodeError, type DecodeReason } from '../../src/errors.js'
import { ping, pong, task } from './arbitraries.js'

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'))
const tasked = (
  object: Partial<ObjectInfo>,
  more: Partial<ReplicatePieceApprovalTask> = {}
): ReplicatePieceApprovalTask => ({
  ...EMPTY_TASK,
  objectInfo: { ...EMPTY_OBJECT_INFO, ...object },
  ...more
})

function reasonOf(decode: () => unknown): DecodeReason | 'accepted' {
  try {
    decode()
    return 'accepted'
  } catch (error) {
    if (error instanceof DecodeError) return error.reason
    throw error
  }
}

t.test('what is encoded decodes to the same message', async t => {
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(task, value => isDeepStrictEqual(decodeTask(encodeTask(value)), value)),
      { numRuns: 300 }
    )
  )
  t.doesNotThrow(() => fc.assert(fc.property(ping, value => isDeepStrictEqual(decodePing(encodePing(value)), value))))
  t.doesNotThrow(() => fc.assert(fc.property(pong, value => isDeepStrictEqual(decodePong(encodePong(value)), value))))
})

t.test('id and versioned parameters are always written, other zero values never', async t => {
  t.strictSame(Buffer.from(encodeTask(tasked({ id: '' }))).toString('hex'), '12032a0130')
  const storageParams = decodeTask(hex('1200 1a00')).storageParams
  t.strictSame(Buffer.from(encodeTask(tasked({}, { storageParams }))).toString('hex'), '12032a01301a020a00')
  t.equal(encodeTask(EMPTY_TASK).length, 0)
})

t.test('a message that comes twice is merged, a value that comes twice is replaced', async t => {
  const merged = decodeTask(hex('1205 1a0162 2a00  1206 2a0137 1a0163  1202 2a00'))
  t.equal(merged.objectInfo?.bucketName, 'c')
  t.equal(merged.objectInfo?.id, '7', 'an empty id leaves the id as it was')
  t.equal(decodeTask(hex('1202 2a00')).objectInfo?.id, '0', 'and is 0 where there was none')
  const { objectInfo } = decodeTask(hex('1203 720101  1203 720102  1204 7a020a00  1204 7a020a00'))
  t.strictSame(objectInfo?.checksums, [Uint8Array.of(1), Uint8Array.of(2)], 'repeated fields of both are kept')
  t.equal(objectInfo?.tags?.tags.length, 2)
})

t.test('odd spellings that Go reads are read the same way', async t => {
  const name = (bytes: string): string => decodePing(hex(bytes)).spOperatorAddress
  t.equal(name('0a 8180808000 61'), 'a', 'a length of five bytes')
  t.equal(name('0a 8180808080808080807e 61'), 'a', 'a length whose bits above the 64th are dropped')
  t.equal(name('8a808080808080808000 0161'), 'a', 'a tag of ten bytes')
  t.equal(name('8a8080808080808080 01 0161'), 'a', 'a tag whose upper bits are dropped, as a cast to 32 bits does')
  t.equal(name('0a0161 7b08017c'), 'a', 'an unknown group')
  t.equal(name('0a0161 7b 83018401 0000 7c'), 'a', 'a group in a group, field number 0 within')
  t.equal(name('0a0161 7b f401'), 'a', 'a group that ends under another number')
  t.equal(name('78ffffffffffffffffff7f 0a0161'), 'a', 'an unknown number of ten bytes')
  t.equal(decodeTask(hex('120c 8001 80808080808080808002')).objectInfo?.isUpdating, false, 'a bool above the 64th bit')
  t.equal(decodeTask(hex('1207 8001 8080808010')).objectInfo?.isUpdating, true, 'a bool above the 32nd')
  t.equal(decodeTask(hex('1206 30 8180808010')).objectInfo?.localVirtualGroupId, 1, 'a 32-bit number of 33 bits')
})

t.test('what Go refuses is refused', async t => {
  for (const [bytes, what] of [
    ['00', 'field number 0'],
    ['00 00', 'field number 0 with a value'],
    ['f8ffffff7f 00', 'a field number that is negative as 32 bits'],
    ['0b', 'a known field as a group'],
    ['08 01', 'a known field as a number'],
    ['0c', 'the end of a group that was not begun'],
    ['7b', 'a group without end'],
    ['7b 0c 0c', 'one end too many'],
    ['7e 00', 'wire type 6'],
    ['7f 00', 'wire type 7'],
    ['0a 02 61', 'a text past the end'],
    ['0a ffffffffffffffffff01', 'a length of 2^64 − 1'],
    ['0a ffffffff0f', 'a length of 2^32 − 1'],
    ['0a 80808080808080808080 00', 'a length of eleven bytes'],
    ['78 80808080808080808080 00', 'a number of eleven bytes'],
    ['79 00', 'eight bytes cut off'],
    ['7d 00', 'four bytes cut off'],
    ['7a ffffffffffffffffff01', 'an unknown field past the end'],
    ['80', 'a tag cut off']
  ] as const) {
    t.equal(
      reasonOf(() => decodePing(hex(bytes))),
      'malformed',
      what
    )
  }
  t.equal(
    reasonOf(() => decodeTask(hex('1202 0a01'))),
    'malformed',
    'a text that ends past its message, not past the end'
  )
  t.equal(
    reasonOf(() => decodeTask(hex('1202 0a0161'))),
    'malformed',
    'rests of a message'
  )
})

t.test('caps, UTF-8 and ids are stricter than Go, each with its reason', async t => {
  const many = (count: number): { key: string; value: string }[] =>
    Array.from({ length: count }, () => ({ key: '', value: '' }))
  const checksums = (count: number): Uint8Array[] => Array.from({ length: count }, () => new Uint8Array(0))
  const nodes = (count: number, addresses: number): Uint8Array =>
    encodePong({
      nodes: Array.from({ length: count }, () => ({
        nodeId: '',
        multiAddr: Array.from({ length: addresses }, () => '')
      })),
      spOperatorAddress: '',
      signature: new Uint8Array(0)
    })
  const tag = (count: number): Uint8Array => encodeTask(tasked({ tags: { tags: many(count) } }))
  const reasons: [string, DecodeReason | 'accepted', () => unknown][] = [
    [
      'checksums at their cap',
      'accepted',
      () => decodeTask(encodeTask(tasked({ checksums: checksums(MAX_CHECKSUMS) })))
    ],
    [
      'one more',
      'too-many-elements',
      () => decodeTask(encodeTask(tasked({ checksums: checksums(MAX_CHECKSUMS + 1) })))
    ],
    ['tags at their cap', 'accepted', () => decodeTask(tag(MAX_TAGS))],
    ['one more', 'too-many-elements', () => decodeTask(tag(MAX_TAGS + 1))],
    ['one more in two messages', 'too-many-elements', () => decodeTask(Buffer.concat([tag(MAX_TAGS), tag(1)]))],
    ['nodes at their cap', 'accepted', () => decodePong(nodes(MAX_PONG_NODES, 1))],
    ['one more', 'too-many-elements', () => decodePong(nodes(MAX_PONG_NODES + 1, 0))],
    ['addresses at their cap, in each node anew', 'accepted', () => decodePong(nodes(3, MAX_NODE_ADDRESSES))],
    ['one more', 'too-many-elements', () => decodePong(nodes(1, MAX_NODE_ADDRESSES + 1))],
    ['fields at their cap', 'accepted', () => decodePong(hex('1200'.repeat(MAX_FIELDS)))],
    ['one more', 'too-many-elements', () => decodePong(hex('1200'.repeat(MAX_FIELDS + 1)))],
    ['one more, unknown', 'too-many-elements', () => decodePong(hex('7801'.repeat(MAX_FIELDS + 1)))],
    ['ping bytes', 'too-large', () => decodePing(new Uint8Array(MAX_PING_BYTES + 1))],
    ['pong bytes', 'too-large', () => decodePong(new Uint8Array(MAX_PONG_BYTES + 1))],
    ['task bytes', 'too-large', () => decodeTask(new Uint8Array(MAX_TASK_BYTES + 1))],
    ['no byte', 'missing-object-info', () => decodeTask(new Uint8Array(0))],
    ['no object', 'missing-object-info', () => decodeTask(hex('220161'))],
    ['half a character', 'invalid-utf8', () => decodePing(hex('0a02 e280'))],
    ['a surrogate', 'invalid-utf8', () => decodePing(hex('0a03 eda080'))],
    ['an overlong slash', 'invalid-utf8', () => decodePing(hex('0a02 c0af'))],
    ['a text that is replaced later', 'invalid-utf8', () => decodePing(hex('0a01ff 0a0161'))],
    ['an id that is replaced later', 'non-canonical-id', () => decodeTask(hex('1207 2a023037 2a0137'))],
    ['an id of 2^64', 'accepted', () => decodeTask(encodeTask(tasked({ id: '18446744073709551616' })))],
    ['an id of 2^256', 'non-canonical-id', () => decodeTask(encodeTask(tasked({ id: (2n ** 256n).toString() })))],
    ['an id of 60,000 digits', 'non-canonical-id', () => decodeTask(encodeTask(tasked({ id: '9'.repeat(60_000) })))]
  ]
  for (const [what, reason, decode] of reasons) t.equal(reasonOf(decode), reason, what)
})

t.test('a decoded message shares no memory with the bytes it came from', async t => {
  const bytes = Buffer.from(encodePing({ spOperatorAddress: 'a', signature: Uint8Array.of(1, 2, 3) }))
  const decoded = decodePing(bytes)
  bytes.fill(0)
  t.strictSame(decoded, { spOperatorAddress: 'a', signature: Uint8Array.of(1, 2, 3) })
  t.not(decoded.signature.buffer, bytes.buffer)
})

t.test('a message in the middle of a larger buffer is read within its bounds', async t => {
  const inner = encodePing({ spOperatorAddress: 'é', signature: Uint8Array.of(9) })
  const outer = Uint8Array.from([0xff, ...inner, 0xff])
  t.strictSame(decodePing(outer.subarray(1, -1)), decodePing(inner))
})
