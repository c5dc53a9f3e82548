import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import * as tables from '../../src/codec/gen/tables.js'
import { fromJson, toJson } from '../../src/codec/proto-json.js'
import { taskFromJson, taskToJson } from '../../src/codec/task-json.js'
import { EMPTY_OBJECT_INFO, EMPTY_STORAGE_PARAMS, EMPTY_TASK, EMPTY_TASK_INFO } from '../../src/domain/task-defaults.js'
import { InvalidArgumentError } from '../../src/errors.js'
import { ping, pong, task } from './arbitraries.js'

const copy = (value: object): unknown => JSON.parse(JSON.stringify(value))

t.test('a message survives JSON text', async t => {
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(task, value => isDeepStrictEqual(taskFromJson(copy(taskToJson(value))), value)),
      { numRuns: 200 }
    )
  )
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(ping, value =>
        isDeepStrictEqual(fromJson(tables.Ping, copy(toJson(tables.Ping, value)), 'ping'), value)
      )
    )
  )
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(pong, value =>
        isDeepStrictEqual(fromJson(tables.Pong, copy(toJson(tables.Pong, value)), 'pong'), value)
      )
    )
  )
})

t.test('what is missing or null is its zero value', async t => {
  t.strictSame(taskFromJson({}), EMPTY_TASK)
  t.strictSame(taskFromJson({ task: {}, object_info: { checksums: null }, storage_params: {}, expired_height: null }), {
    ...EMPTY_TASK,
    task: EMPTY_TASK_INFO,
    objectInfo: EMPTY_OBJECT_INFO,
    storageParams: EMPTY_STORAGE_PARAMS
  })
})

t.test('every form that proto3 JSON allows is read', async t => {
  const read = taskFromJson({
    objectInfo: {
      bucketName: 'photos',
      id: 42,
      payload_size: 134217728,
      visibility: 2,
      redundancy_type: 'REDUNDANCY_REPLICA_TYPE',
      checksums: ['-_8', '+/8=']
    },
    expired_height: '18446744073709551615'
  })
  t.match(read.objectInfo, {
    bucketName: 'photos',
    id: '42',
    payloadSize: 134217728n,
    visibility: 2,
    redundancyType: 1
  })
  t.strictSame(read.objectInfo?.checksums, [Uint8Array.of(0xfb, 0xff), Uint8Array.of(0xfb, 0xff)])
  t.equal(read.expiredHeight, 2n ** 64n - 1n)
})

t.test('an unknown enum number stays a number', async t => {
  const object = { ...EMPTY_OBJECT_INFO, visibility: 99, objectStatus: -1 }
  t.match(taskToJson({ ...EMPTY_TASK, objectInfo: object }), { object_info: { visibility: 99, object_status: -1 } })
})

t.test('a bad value is refused in one line that names the field and what was expected', async t => {
  for (const [value, message] of [
    [undefined, 'task: expected an object, got undefined'],
    [[], 'task: expected an object, got an array of 0'],
    ['{}', 'task: expected an object, got "{}"'],
    [{ task: 1 }, 'task.task: expected an object, got 1'],
    [
      { object_info: { payload_size: -1 } },
      'task.object_info.payload_size: expected an unsigned 64-bit integer, got -1'
    ],
    [
      { object_info: { payload_size: 1.5 } },
      'task.object_info.payload_size: expected an unsigned 64-bit integer, got 1.5'
    ],
    [{ object_info: { payload_size: 2 ** 60 } }, /payload_size: expected an unsigned 64-bit integer/],
    [{ object_info: { payload_size: '18446744073709551616' } }, /payload_size: expected an unsigned 64-bit integer/],
    [{ object_info: { payload_size: '128MiB' } }, /payload_size: expected an unsigned 64-bit integer, got "128MiB"/],
    [{ object_info: { id: '007' } }, 'task.object_info.id: expected a decimal number of at most 256 bits, got "007"'],
    [{ object_info: { bucket_name: 7 } }, 'task.object_info.bucket_name: expected a text, got 7'],
    [{ object_info: { bucket_name: '\ud800' } }, /task.object_info.bucket_name: expected a text/],
    [{ object_info: { is_updating: 'true' } }, 'task.object_info.is_updating: expected true or false, got "true"'],
    [
      { object_info: { visibility: 'PUBLIC' } },
      /task.object_info.visibility: expected one of VISIBILITY_TYPE_UNSPECIFIED, /
    ],
    [
      { object_info: { checksums: 'AA==' } },
      'task.object_info.checksums: expected an array of at most 256, got "AA=="'
    ],
    [{ object_info: { checksums: ['AA==', '*'] } }, 'task.object_info.checksums[1]: expected base64, got "*"'],
    [{ object_info: { checksums: ['AAAAA'] } }, 'task.object_info.checksums[0]: expected base64, got "AAAAA"'],
    [{ object_info: { tags: { tags: [{ kee: '' }] } } }, /^task.object_info.tags.tags\[0\].kee: expected a field of /],
    [
      { object_info: { local_virtual_group_id: 2 ** 32 } },
      /local_virtual_group_id: expected an unsigned 32-bit integer/
    ],
    [{ bucket: 'photos' }, /^task.bucket: expected a field of base.types.gfsptask.GfSpReplicatePieceApprovalTask/],
    [{ task: { task_priority: 2 ** 31 } }, /task.task.task_priority: expected a signed 32-bit integer/]
  ] as const) {
    t.throws(() => taskFromJson(value), { name: 'InvalidArgumentError', message })
  }
  t.throws(() => fromJson(tables.Ping, { signature: 1 }, 'ping'), InvalidArgumentError)
  t.throws(() => fromJson(tables.Pong, { nodes: [null] }, 'pong'), {
    message: 'pong.nodes[0]: expected an object, got null'
  })
})

t.test('a number too many digits long is refused at once', async t => {
  t.throws(() => taskFromJson({ expired_height: '9'.repeat(1_000_000) }), InvalidArgumentError)
  t.throws(() => taskFromJson({ object_info: { id: '9'.repeat(1_000_000) } }), InvalidArgumentError)
})

t.test('__proto__ is a field like any other: unknown', async t => {
  t.throws(() => taskFromJson(JSON.parse('{"__proto__":{"expired_height":"7"}}')), { message: /^task.__proto__: / })
})
