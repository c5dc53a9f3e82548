import type { TaskKey } from './brands.js'
import type { ObjectInfo } from './task.js'

/**
 * Key of a replicate-piece approval task, as the Go provider builds it. The empty task has empty names and id 0.
 * A query by sub-key finds every running task whose key contains it.
 */
export function taskKey(object: Pick<ObjectInfo, 'bucketName' | 'objectName' | 'id'> | undefined): TaskKey {
  const bucket = object?.bucketName ?? ''
  const name = object?.objectName ?? ''
  const id = object?.id ?? '0'
  return `ReplicatePieceApproval-bucket:${bucket}-object:${name}-id:${id === '' ? '0' : id}` as TaskKey
}
