import {
  BadTaskError,
  InvalidArgumentError,
  type NewObject,
  REDUNDANCY,
  type ReplicatePieceApprovalTask,
  type SpApproval,
  type StorageParams,
  TaskMissingError,
  taskFromJson,
  VISIBILITY
} from '../../../index.js'
import type { Static, StaticObject } from '../../../kit/http/schema-type.js'
import type { ObjectSchema, ParamsSchema, taskInput } from '../schemas/asks.js'
import { readBase64, readSize } from './parse.js'

type TaskInput = StaticObject<typeof taskInput>

/**
 * The task of a request: given whole in proto3 JSON, or made from what is known of the object.
 * @throws TaskMissingError (GfSp 990701) for neither, InvalidArgumentError for both or a bad field, BadTaskError
 */
export function taskOf(module: SpApproval, input: TaskInput): ReplicatePieceApprovalTask {
  const { task, object, params, priority, userAddress } = input
  if (task !== undefined) {
    const other = ['object', 'params', 'priority', 'userAddress'].find(name => name in input)
    if (other === undefined) return taskFromJson(task)
    throw new InvalidArgumentError(`body.${other}`, 'nothing beside a whole task', 'both')
  }
  if (object === undefined) throw new TaskMissingError()
  return module.createTask(objectInfoOf(object), params === undefined ? {} : storageParamsOf(params), {
    ...(priority === undefined ? {} : { priority }),
    ...(userAddress === undefined ? {} : { userAddress })
  })
}

/**
 * proto3 JSON leaves zero out; but an object of no bytes is never replicated, and for a forgotten size others would keep
 * no room. @throws BadTaskError
 */
export function requireSize({ task }: TaskInput): void {
  const { object_info: named, objectInfo = named } = { ...task } as Readonly<Record<string, unknown>>
  if (objectInfo === null || typeof objectInfo !== 'object') return
  if ('payload_size' in objectInfo || 'payloadSize' in objectInfo) return
  throw new BadTaskError('object_info.payload_size: expected the size of the object, got none')
}

function objectInfoOf(object: Static<typeof ObjectSchema>): NewObject {
  const { owner, creator, contentType, visibility, redundancyType, checksums } = object
  if (typeof object.id === 'number' && !Number.isSafeInteger(object.id)) {
    throw new InvalidArgumentError('body.object.id', 'a number below 2^53, or decimal digits in a text', object.id)
  }
  return {
    bucketName: object.bucket,
    objectName: object.object,
    id: String(object.id),
    payloadSize: readSize('body.object.payloadSize', object.payloadSize),
    ...(owner === undefined ? {} : { owner }),
    ...(creator === undefined ? {} : { creator }),
    ...(contentType === undefined ? {} : { contentType }),
    ...(visibility === undefined ? {} : { visibility: VISIBILITY[visibility] }),
    ...(redundancyType === undefined ? {} : { redundancyType: REDUNDANCY[redundancyType] }),
    ...(checksums === undefined
      ? {}
      : { checksums: checksums.map((text, index) => readBase64(`body.object.checksums.${index}`, text)) })
  }
}

/** Chunk numbers that are left out are Greenfield's 4 + 2, sizes its 16 MiB and 1 MiB. */
function storageParamsOf(params: Static<typeof ParamsSchema>): Partial<StorageParams> {
  return {
    versionedParams: {
      maxSegmentSize: readSize('body.params.maxSegmentSize', params.maxSegmentSize ?? '16MiB'),
      redundantDataChunkNum: params.redundantDataChunkNum ?? 4,
      redundantParityChunkNum: params.redundantParityChunkNum ?? 2,
      minChargeSize: readSize('body.params.minChargeSize', params.minChargeSize ?? '1MiB')
    }
  }
}
