/** Whether the fields of a message hold what its schema says: a caller in JavaScript has no compiler that checks it. */
import { isCanonicalId } from '../domain/object-id.js'
import type { ReplicatePieceApprovalTask } from '../domain/task.js'
import { BadTaskError, shown } from '../errors.js'
import * as tables from './gen/tables.js'
import type { Field, MessageSchema, ScalarKind } from './schema.js'

/**
 * What would be signed and what would be sent of such a task differ, and every approver would be silent.
 * @throws BadTaskError naming the first field: `object_info.payload_size: expected …, got …`
 */
export function checkTaskFields(task: ReplicatePieceApprovalTask): void {
  const fault = fieldFault(tables.ReplicatePieceApprovalTask, task, '')
  if (fault !== undefined) throw new BadTaskError(fault)
}

/** @param path of the message, with a dot behind it; `''` for the outermost */
function fieldFault({ fields }: MessageSchema, message: object, path: string): string | undefined {
  for (const field of fields) {
    const value = (message as Readonly<Record<string, unknown>>)[field.key]
    const at = `${path}${field.name}`
    const fault = field.cap === undefined ? valueFault(field, value, at) : listFault(field, field.cap, value, at)
    if (fault !== undefined) return fault
  }
  return undefined
}

function listFault(field: Field, cap: number, value: unknown, at: string): string | undefined {
  if (!Array.isArray(value) || value.length > cap) return complaint(at, `an array of at most ${cap}`, value)
  for (const [index, element] of value.entries()) {
    const fault = valueFault({ ...field, always: true }, element, `${at}[${index}]`)
    if (fault !== undefined) return fault
  }
  return undefined
}

function valueFault({ of, kind, always }: Field, value: unknown, at: string): string | undefined {
  if (of === undefined) return KINDS[kind].fits(value) ? undefined : complaint(at, KINDS[kind].expected, value)
  if (value === undefined && !always) return undefined
  if (value === null || typeof value !== 'object') return complaint(at, 'an object', value)
  return fieldFault(of, value, `${at}.`)
}

const complaint = (at: string, expected: string, got: unknown): string =>
  `${at}: expected ${expected}, got ${got === undefined ? 'none' : shown(got)}`

interface Kind {
  readonly expected: string
  readonly fits: (value: unknown) => boolean
}

/** Half of a surrogate pair has no UTF-8. */
const LONE_SURROGATE = /\p{Surrogate}/u

const narrow = (expected: string, min: number, max: number): Kind => ({
  expected,
  fits: value => typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
})
const wide = (expected: string, min: bigint, max: bigint): Kind => ({
  expected,
  fits: value => typeof value === 'bigint' && value >= min && value <= max
})

const KINDS: Readonly<Record<ScalarKind, Kind>> = {
  string: { expected: 'a text', fits: value => typeof value === 'string' && !LONE_SURROGATE.test(value) },
  id: {
    expected: 'a decimal number of at most 256 bits as text',
    fits: value => typeof value === 'string' && isCanonicalId(value)
  },
  bytes: { expected: 'a Uint8Array', fits: value => value instanceof Uint8Array },
  bool: { expected: 'true or false', fits: value => typeof value === 'boolean' },
  int32: narrow('a signed 32-bit integer', -(2 ** 31), 2 ** 31 - 1),
  uint32: narrow('an unsigned 32-bit integer', 0, 2 ** 32 - 1),
  int64: wide('a bigint of 64 bits', -(2n ** 63n), 2n ** 63n - 1n),
  uint64: wide('an unsigned bigint of 64 bits', 0n, 2n ** 64n - 1n)
}
