/** Wire bytes of the 0.0.1 messages. Decoders throw `DecodeError` and nothing else, whatever the bytes. */
import { MAX_PING_BYTES, MAX_PONG_BYTES, MAX_TASK_BYTES } from '../constants.js'
import type { Ping, Pong, ReplicatePieceApprovalTask } from '../domain/task.js'
import { DecodeError, messageOf } from '../errors.js'
import { base } from './gen/gfsp.js'
import { bytesOf, ScannedReader } from './reader.js'
import { scan } from './scan.js'
import { type MessageSchema, PING, PONG, TASK } from './schema.js'
import { taskMessage, taskOf } from './task-message.js'

const { GfSpPing, GfSpPong } = base.types.gfspp2p
const { GfSpReplicatePieceApprovalTask } = base.types.gfsptask

/** The bytes the Go code writes for the same task. */
export const encodeTask = (task: ReplicatePieceApprovalTask): Uint8Array =>
  GfSpReplicatePieceApprovalTask.encode(taskMessage(task)).finish()

/**
 * A task as the Go code reads it, ask or answer. Stricter than Go: caps, UTF-8, canonical ids, and the object
 * information must be there (without it the Go process ends).
 *
 * @throws DecodeError
 */
export function decodeTask(bytes: Uint8Array): ReplicatePieceApprovalTask {
  const task = decode(bytes, TASK, MAX_TASK_BYTES, reader => taskOf(GfSpReplicatePieceApprovalTask.decode(reader)))
  if (task.objectInfo === undefined) throw new DecodeError('missing-object-info', 'the task names no object')
  return task
}

export const encodePing = (ping: Ping): Uint8Array => GfSpPing.encode(ping).finish()

/** @throws DecodeError */
export const decodePing = (bytes: Uint8Array): Ping =>
  decode(bytes, PING, MAX_PING_BYTES, reader => {
    const { spOperatorAddress, signature } = GfSpPing.decode(reader)
    return { spOperatorAddress, signature: bytesOf(signature) }
  })

export const encodePong = ({ nodes, spOperatorAddress, signature }: Pong): Uint8Array =>
  GfSpPong.encode({
    nodes: nodes.map(({ nodeId, multiAddr }) => ({ nodeId, multiAddr: [...multiAddr] })),
    spOperatorAddress,
    signature
  }).finish()

/** @throws DecodeError */
export const decodePong = (bytes: Uint8Array): Pong =>
  decode(bytes, PONG, MAX_PONG_BYTES, reader => {
    const { nodes, spOperatorAddress, signature } = GfSpPong.decode(reader)
    return {
      nodes: nodes.map(node => ({ nodeId: node.nodeId ?? '', multiAddr: node.multiAddr ?? [] })),
      spOperatorAddress,
      signature: bytesOf(signature)
    }
  })

function decode<T>(bytes: Uint8Array, schema: MessageSchema, cap: number, read: (reader: ScannedReader) => T): T {
  if (bytes.length > cap) throw new DecodeError('too-large', `expected at most ${cap} bytes, got ${bytes.length}`)
  const scanned = scan(bytes, schema)
  try {
    return read(new ScannedReader(scanned))
  } catch (cause) {
    throw new DecodeError('malformed', messageOf(cause), { cause })
  }
}
