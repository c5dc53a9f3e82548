/** proto3 JSON of the 0.0.1 messages, with the names of the .proto files. */
import type { Ping, Pong, ReplicatePieceApprovalTask } from '../domain/task.js'
import { fromJson, toJson } from './proto-json.js'
import { PING, PONG, TASK } from './schema.js'

export const taskToJson = (task: ReplicatePieceApprovalTask): object => toJson(TASK, task)

/** Missing fields are zero values. @throws InvalidArgumentError naming the field */
export const taskFromJson = (value: unknown): ReplicatePieceApprovalTask =>
  fromJson(TASK, value, 'task') as unknown as ReplicatePieceApprovalTask

export const pingToJson = (ping: Ping): object => toJson(PING, ping)

/** As {@link taskFromJson}. */
export const pingFromJson = (value: unknown): Ping => fromJson(PING, value, 'ping') as unknown as Ping

export const pongToJson = (pong: Pong): object => toJson(PONG, pong)

/** As {@link taskFromJson}. */
export const pongFromJson = (value: unknown): Pong => fromJson(PONG, value, 'pong') as unknown as Pong
