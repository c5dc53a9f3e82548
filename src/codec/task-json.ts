/** proto3 JSON of the 0.0.1 messages, with the names of the .proto files. */
import type { Ping, Pong, ReplicatePieceApprovalTask } from '../domain/task.js'
import * as tables from './gen/tables.js'
import { fromJson, toJson } from './proto-json.js'

export const taskToJson = (task: ReplicatePieceApprovalTask): object => toJson(tables.ReplicatePieceApprovalTask, task)

/** Missing fields are zero values. @throws InvalidArgumentError naming the field */
export const taskFromJson = (value: unknown): ReplicatePieceApprovalTask =>
  fromJson(tables.ReplicatePieceApprovalTask, value, 'task')

export const pingToJson = (ping: Ping): object => toJson(tables.Ping, ping)

/** As {@link taskFromJson}. */
export const pingFromJson = (value: unknown): Ping => fromJson(tables.Ping, value, 'ping')

export const pongToJson = (pong: Pong): object => toJson(tables.Pong, pong)

/** As {@link taskFromJson}. */
export const pongFromJson = (value: unknown): Pong => fromJson(tables.Pong, value, 'pong')
