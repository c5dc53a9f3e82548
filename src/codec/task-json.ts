/** proto3 JSON of the 0.0.1 task, with the names of the .proto files. */
import type { ReplicatePieceApprovalTask } from '../domain/task.js'
import * as tables from './gen/tables.js'
import { fromJson, toJson } from './proto-json.js'

export const taskToJson = (task: ReplicatePieceApprovalTask): object => toJson(tables.ReplicatePieceApprovalTask, task)

/** Missing fields are zero values. @throws InvalidArgumentError naming the field */
export const taskFromJson = (value: unknown): ReplicatePieceApprovalTask =>
  fromJson(tables.ReplicatePieceApprovalTask, value, 'task')
