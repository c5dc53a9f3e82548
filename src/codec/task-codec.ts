/** Wire bytes of the 0.0.1 messages. Decoders throw `DecodeError` and nothing else, whatever the bytes. */
import { MAX_PING_BYTES, MAX_PONG_BYTES, MAX_TASK_BYTES } from '../constants.js'
import type { Ping, Pong, ReplicatePieceApprovalTask } from '../domain/task.js'
import { DecodeError } from '../errors.js'
import { decode } from './decode.js'
import { encode } from './encode.js'
import * as tables from './gen/tables.js'

/** The bytes the Go code writes for the same task. */
export const encodeTask = (task: ReplicatePieceApprovalTask): Uint8Array =>
  encode(tables.ReplicatePieceApprovalTask, task)

/**
 * A task as the Go code reads it, ask or answer. Stricter than Go: caps, UTF-8, canonical ids, and the object
 * information must be there (without it the Go process ends).
 *
 * @throws DecodeError
 */
export function decodeTask(bytes: Uint8Array): ReplicatePieceApprovalTask {
  const task = decode(bytes, tables.ReplicatePieceApprovalTask, MAX_TASK_BYTES)
  if (task.objectInfo === undefined) throw new DecodeError('missing-object-info', 'the task names no object')
  return task
}

export const encodePing = (ping: Ping): Uint8Array => encode(tables.Ping, ping)

/** @throws DecodeError */
export const decodePing = (bytes: Uint8Array): Ping => decode(bytes, tables.Ping, MAX_PING_BYTES)

export const encodePong = (pong: Pong): Uint8Array => encode(tables.Pong, pong)

/** @throws DecodeError */
export const decodePong = (bytes: Uint8Array): Pong => decode(bytes, tables.Pong, MAX_PONG_BYTES)
