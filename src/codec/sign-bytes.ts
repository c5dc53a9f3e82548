/** What a 0.0.1 signature signs: amino JSON with sorted keys, empty fields left out. */
import { type Ping, type Pong, type ReplicatePieceApprovalTask, ZERO } from '../domain/task.js'
import * as tables from './gen/tables.js'
import { type Spelling, sortedJson } from './go-json.js'

export type { Spelling }

export interface TaskSignOptions {
  /** The height to sign; default the task's own. */
  readonly expiredHeight?: bigint
  readonly spelling?: Spelling
}

/** Neither SP, no chain, no peer: a task signs its object, its parameters, its create time and its height. */
export function taskSignBytes(
  { task, objectInfo, storageParams, expiredHeight: ownHeight }: ReplicatePieceApprovalTask,
  { expiredHeight = ownHeight, spelling = 'long' }: TaskSignOptions = {}
): Buffer {
  const createTime = task?.createTime ?? 0n
  const value = [
    ...(expiredHeight === 0n ? [] : [`"expired_height":"${expiredHeight}"`]),
    ...(objectInfo === undefined ? [] : [`"object_info":${sortedJson(tables.ObjectInfo, objectInfo, spelling)}`]),
    ...(storageParams === undefined
      ? []
      : [`"storage_params":${sortedJson(tables.StorageParams, storageParams, spelling)}`]),
    createTime === 0n ? '"task":{}' : `"task":{"create_time":"${createTime}"}`
  ]
  return Buffer.from(`{"type":"p2p/ReplicatePieceApprovalTask","value":{${value.join(',')}}}`, 'utf8')
}

/** Everything but the signature. */
export const pingSignBytes = (ping: Ping, spelling: Spelling = 'long'): Buffer =>
  Buffer.from(`{"type":"p2p/Ping","value":${sortedJson(tables.Ping, unsigned(ping), spelling)}}`, 'utf8')

/** As {@link pingSignBytes}. */
export const pongSignBytes = (pong: Pong, spelling: Spelling = 'long'): Buffer =>
  Buffer.from(`{"type":"p2p/Pong","value":${sortedJson(tables.Pong, unsigned(pong), spelling)}}`, 'utf8')

const unsigned = <T extends Ping | Pong>(message: T): T => ({ ...message, signature: ZERO.Ping.signature })
