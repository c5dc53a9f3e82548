import t from 'tap'
import { checkTaskFields } from '../../src/codec/field-check.js'
import * as tables from '../../src/codec/gen/tables.js'
import { decodeTask, encodeTask } from '../../src/codec/task-codec.js'
import type { ReplicatePieceApprovalTask } from '../../src/domain/task.js'
import { EMPTY_OBJECT_INFO, EMPTY_STORAGE_PARAMS, EMPTY_TASK, EMPTY_TASK_INFO } from '../../src/domain/task-defaults.js'

const TASK: ReplicatePieceApprovalTask = {
  ...EMPTY_TASK,
  task: { ...EMPTY_TASK_INFO, err: { codeSpace: '', httpStatusCode: -1, innerCode: 0, description: '' } },
  objectInfo: {
    ...EMPTY_OBJECT_INFO,
    bucketName: 'b',
    objectName: 'o',
    checksums: [new Uint8Array(32)],
    tags: { tags: [{ key: 'k', value: '' }] }
  },
  storageParams: EMPTY_STORAGE_PARAMS
}

/** The task with one of its fields changed, whatever that field's type. */
function changed(path: string, value: unknown): ReplicatePieceApprovalTask {
  const copy = structuredClone(TASK) as unknown as Record<string, unknown>
  const keys = path.split('.')
  const last = keys.pop() ?? ''
  let holder = copy
  for (const key of keys) holder = holder[key] as Record<string, unknown>
  holder[last] = value
  return copy as unknown as ReplicatePieceApprovalTask
}

t.test('a task whose fields hold what they should is taken', async t => {
  for (const task of [TASK, EMPTY_TASK, decodeTask(encodeTask(TASK))]) t.doesNotThrow(() => checkTaskFields(task))
})

t.test('a field that holds something else is named, with what was expected and what came', async t => {
  const table: readonly [path: string, value: unknown, message: string][] = [
    ['objectInfo.contentType', undefined, 'object_info.content_type: expected a text, got none'],
    ['objectInfo.bucketName', 7, 'object_info.bucket_name: expected a text, got 7'],
    ['objectInfo.objectName', 'a\ud800', 'object_info.object_name: expected a text, got "a\\ud800"'],
    ['objectInfo.payloadSize', -1n, 'object_info.payload_size: expected an unsigned bigint of 64 bits, got -1'],
    [
      'objectInfo.payloadSize',
      2n ** 70n,
      `object_info.payload_size: expected an unsigned bigint of 64 bits, got ${2n ** 70n}`
    ],
    ['objectInfo.payloadSize', 5, 'object_info.payload_size: expected an unsigned bigint of 64 bits, got 5'],
    ['objectInfo.createAt', 2n ** 63n, `object_info.create_at: expected a bigint of 64 bits, got ${2n ** 63n}`],
    ['objectInfo.id', 17, 'object_info.id: expected a decimal number of at most 256 bits as text, got 17'],
    ['objectInfo.id', '', 'object_info.id: expected a decimal number of at most 256 bits as text, got ""'],
    ['objectInfo.visibility', 'PRIVATE', 'object_info.visibility: expected a signed 32-bit integer, got "PRIVATE"'],
    [
      'objectInfo.localVirtualGroupId',
      2 ** 32,
      'object_info.local_virtual_group_id: expected an unsigned 32-bit integer, got 4294967296'
    ],
    ['objectInfo.isUpdating', 1, 'object_info.is_updating: expected true or false, got 1'],
    ['objectInfo.checksums', undefined, 'object_info.checksums: expected an array of at most 256, got none'],
    ['objectInfo.checksums', ['00'], 'object_info.checksums[0]: expected a Uint8Array, got "00"'],
    [
      'objectInfo.checksums',
      Array.from({ length: 257 }, () => new Uint8Array()),
      'object_info.checksums: expected an array of at most 256, got an array of 257'
    ],
    ['objectInfo.tags', null, 'object_info.tags: expected an object, got null'],
    ['objectInfo.tags', { tags: [{ key: 'k' }] }, 'object_info.tags.tags[0].value: expected a text, got none'],
    ['objectInfo.tags', { tags: [undefined] }, 'object_info.tags.tags[0]: expected an object, got none'],
    ['storageParams.versionedParams', undefined, 'storage_params.versioned_params: expected an object, got none'],
    [
      'storageParams.versionedParams',
      {},
      'storage_params.versioned_params.max_segment_size: expected an unsigned bigint of 64 bits, got none'
    ],
    ['task.taskPriority', 1.5, 'task.task_priority: expected a signed 32-bit integer, got 1.5'],
    ['task.userAddress', null, 'task.user_address: expected a text, got null'],
    ['expiredHeight', undefined, 'expired_height: expected an unsigned bigint of 64 bits, got none']
  ]
  for (const [path, value, message] of table) {
    t.throws(() => checkTaskFields(changed(path, value)), { code: 'ERR_BAD_TASK', message })
  }
})

t.test('each field of the task, left undefined, is either named or one that may be absent', async t => {
  const absent = ['task', 'object_info', 'storage_params', 'object_info.tags', 'task.err']
  const messages = [
    ['', tables.ReplicatePieceApprovalTask],
    ['task.', tables.TaskInfo],
    ['objectInfo.', tables.ObjectInfo],
    ['storageParams.', tables.StorageParams]
  ] as const
  for (const [path, { fields }] of messages) {
    for (const { key, name } of fields) {
      const shown = `${path.replace(/[A-Z]/g, '_$&').toLowerCase()}${name}`
      const check = (): void => checkTaskFields(changed(`${path}${key}`, undefined))
      if (absent.includes(shown)) t.doesNotThrow(check, shown)
      else t.throws(check, { code: 'ERR_BAD_TASK', message: new RegExp(`^${shown}: expected .*, got none$`) }, shown)
    }
  }
})
