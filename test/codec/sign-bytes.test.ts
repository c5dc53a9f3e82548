import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { askDigest, pingDigests, pongDigests, taskDigests } from '../../src/codec/digest.js'
import { keccak256 } from '../../src/codec/keccak.js'
import { pingSignBytes, pongSignBytes, taskSignBytes } from '../../src/codec/sign-bytes.js'
import { taskInfoLine } from '../../src/codec/task-info.js'
import type { ObjectInfo, ReplicatePieceApprovalTask } from '../../src/domain/task.js'
import { EMPTY_OBJECT_INFO, EMPTY_STORAGE_PARAMS, EMPTY_TASK, EMPTY_TASK_INFO } from '../../src/domain/task-defaults.js'
import { ping, pong, task } from './arbitraries.js'

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8')
const named = (objectName: string): ReplicatePieceApprovalTask => ({
  ...EMPTY_TASK,
  objectInfo: { ...EMPTY_OBJECT_INFO, objectName }
})

/** The keys of every object of a JSON text stand in the order of their bytes. */
function sorted(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true
  const keys = Object.keys(value)
  const inOrder = Array.isArray(value) || keys.every((key, index) => index === 0 || (keys[index - 1] ?? '') < key)
  return inOrder && Object.values(value).every(sorted)
}

t.test('sign bytes are one line of JSON with sorted keys, in both spellings the same values', async t => {
  const holds = (long: Uint8Array, short: Uint8Array): boolean => {
    const value = JSON.parse(text(long)) as unknown
    return sorted(value) && JSON.stringify(value) === JSON.stringify(JSON.parse(text(short)))
  }
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(task, value => holds(taskSignBytes(value), taskSignBytes(value, { spelling: 'short' }))),
      {
        numRuns: 200
      }
    )
  )
  t.doesNotThrow(() =>
    fc.assert(fc.property(ping, value => holds(pingSignBytes(value), pingSignBytes(value, 'short'))))
  )
  t.doesNotThrow(() =>
    fc.assert(fc.property(pong, value => holds(pongSignBytes(value), pongSignBytes(value, 'short'))))
  )
})

t.test('a text has two spellings exactly where the two differ', async t => {
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(task, value => {
        const long = taskSignBytes(value)
        const short = taskSignBytes(value, { spelling: 'short' })
        const spellings = text(long) === text(short) ? [long] : [long, short]
        return isDeepStrictEqual(taskDigests(value), spellings.map(keccak256))
      }),
      { numRuns: 300 }
    )
  )
  t.equal(taskDigests(named('a\bb')).length, 2)
  t.equal(taskDigests(named('a\\u0008b')).length, 1, 'a backslash in the name is no escape')
  t.equal(taskDigests(named('\\\f')).length, 2)
  t.equal(taskDigests(named('\n\t\r\u0007\\b')).length, 1)
})

t.test('strings are escaped as Go escapes them', async t => {
  const all = '\u0000\b\t\n\f\r\u001f"\\<>&\u007f\u2028\u2029é😀\ufeff/'
  const escaped = (bytes: Uint8Array): string => /"object_name":"(.*)"\}/.exec(text(bytes))?.[1] ?? ''
  const rest = '\\u001f\\"\\\\\\u003c\\u003e\\u0026\u007f\\u2028\\u2029é😀\ufeff/'
  t.equal(escaped(taskSignBytes(named(all))), `\\u0000\\u0008\\t\\n\\u000c\\r${rest}`)
  t.equal(escaped(taskSignBytes(named(all), { spelling: 'short' })), `\\u0000\\b\\t\\n\\f\\r${rest}`)
})

t.test('empty messages leave the traces that Go leaves', async t => {
  const of = (value: Partial<ReplicatePieceApprovalTask>): string =>
    text(taskSignBytes({ ...EMPTY_TASK, ...value })).slice(
      '{"type":"p2p/ReplicatePieceApprovalTask","value":'.length,
      -1
    )
  const object = (value: Partial<ObjectInfo>): string => of({ objectInfo: { ...EMPTY_OBJECT_INFO, ...value } })
  t.equal(of({}), '{"task":{}}')
  t.equal(of({ task: EMPTY_TASK_INFO }), '{"task":{}}')
  t.equal(of({ storageParams: EMPTY_STORAGE_PARAMS }), '{"storage_params":{"versioned_params":{}},"task":{}}')
  t.equal(object({ id: '' }), '{"object_info":{"id":"0"},"task":{}}')
  t.equal(object({ tags: { tags: [] } }), '{"object_info":{"id":"0","tags":{"tags":null}},"task":{}}')
  t.equal(
    object({ tags: { tags: [{ key: '', value: '' }] } }),
    '{"object_info":{"id":"0","tags":{"tags":[{}]}},"task":{}}'
  )
  t.equal(object({ checksums: [new Uint8Array(0)] }), '{"object_info":{"checksums":[""],"id":"0"},"task":{}}')
})

t.test('a task signs object, parameters, create time and height, and nothing else', async t => {
  const sign = (value: ReplicatePieceApprovalTask): string => text(taskSignBytes(value))
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(task, task, (one, other) => {
        const { objectInfo, storageParams, expiredHeight } = one
        const createTime = one.task?.createTime ?? 0n
        const rest = { ...other, objectInfo, storageParams, expiredHeight }
        return sign({ ...rest, task: { ...(other.task ?? EMPTY_TASK_INFO), createTime } }) === sign(one)
      })
    )
  )
})

t.test('the ask digest is that of height 0 in the long spelling, whatever the task carries', async t => {
  const ask = named('a\bb')
  const approval = { ...ask, expiredHeight: 7n, approvedSignature: Uint8Array.of(1) }
  t.equal(askDigest(approval), askDigest(ask))
  t.equal(askDigest(ask), Buffer.from(keccak256(taskSignBytes(ask))).toString('hex'))
  t.match(askDigest(ask), /^[0-9a-f]{64}$/)
})

t.test('a verifier tries both spellings where there are two, ours first', async t => {
  const both = (long: Uint8Array, short: Uint8Array): Uint8Array[] => [keccak256(long), keccak256(short)]
  const twice = named('\f')
  t.strictSame(taskDigests(twice), both(taskSignBytes(twice), taskSignBytes(twice, { spelling: 'short' })))
  t.strictSame(taskDigests(named('a'), 9n), [keccak256(taskSignBytes(named('a'), { expiredHeight: 9n }))])
  const odd = { spOperatorAddress: '\b', signature: new Uint8Array(0) }
  t.strictSame(pingDigests(odd), both(pingSignBytes(odd), pingSignBytes(odd, 'short')))
  const oddPong = { ...odd, nodes: [] }
  t.strictSame(pongDigests(oddPong), both(pongSignBytes(oddPong), pongSignBytes(oddPong, 'short')))
})

t.test('the information line keeps eight bits of the priority and names its level', async t => {
  const line = (taskPriority: number): string =>
    taskInfoLine({ ...EMPTY_TASK, task: { ...EMPTY_TASK_INFO, taskPriority } })
  t.match(line(84), 'priority[84], limit[tasks:1 tasks_low_priority:1 ]')
  t.match(line(85), 'priority[85], limit[tasks:1 tasks_medium_priority:1 ]')
  t.match(line(169), 'priority[169], limit[tasks:1 tasks_medium_priority:1 ]')
  t.match(line(170), 'priority[170], limit[tasks:1 tasks_high_priority:1 ]')
  t.match(line(256), 'priority[0], limit[tasks:1 tasks_low_priority:1 ]')
  t.match(line(-1), 'priority[255], limit[tasks:1 tasks_high_priority:1 ]')
})
