import type { TaskKey } from './brands.js'
import type { ObjectInfo } from './task.js'

type Names = Pick<ObjectInfo, 'bucketName' | 'objectName' | 'id'>

/**
 * Key of a replicate-piece approval task, as the Go provider builds it. The empty task has empty names and id 0.
 * A query by sub-key finds every running task whose key contains it.
 *
 * @param about the task, or its object
 */
export function taskKey(about: Names | { readonly objectInfo: Names | undefined } | undefined): TaskKey {
  const object = about !== undefined && 'objectInfo' in about ? about.objectInfo : about
  const bucket = object?.bucketName ?? ''
  const name = object?.objectName ?? ''
  const id = object?.id ?? '0'
  return `ReplicatePieceApproval-bucket:${bucket}-object:${name}-id:${id === '' ? '0' : id}` as TaskKey
}
