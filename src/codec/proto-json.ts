/** proto3 JSON, driven by the schema: zero values left out, 64-bit integers as strings, enums by name. */
import { isCanonicalId } from '../domain/object-id.js'
import { InvalidArgumentError } from '../errors.js'
import type { Field, MessageSchema } from './schema.js'

export function toJson(schema: MessageSchema, message: object): object {
  const values = message as Readonly<Record<string, unknown>>
  const json: Record<string, unknown> = {}
  for (const field of schema.fields) {
    if (field === undefined) continue
    const value = values[field.key]
    if (field.cap === undefined) {
      const text = valueToJson(field, value)
      if (text !== undefined) json[field.name] = text
    } else if ((value as readonly unknown[]).length > 0) {
      json[field.name] = (value as readonly unknown[]).map(element => elementToJson(field, element))
    }
  }
  return json
}

/** `undefined` where the field is left out. */
function valueToJson(field: Field, value: unknown): unknown {
  if (field.kind === 'message') return value === undefined ? undefined : toJson(field.of, value as object)
  if (field.kind === 'id') return value === '' ? '0' : value
  const zero = value === '' || value === 0 || value === 0n || value === false
  return zero || (value instanceof Uint8Array && value.length === 0) ? undefined : elementToJson(field, value)
}

function elementToJson(field: Field, value: unknown): unknown {
  if (field.kind === 'message') return toJson(field.of, value as object)
  if (field.kind === 'enum') return field.values[value as number] ?? value
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  return typeof value === 'bigint' ? value.toString() : value
}

/** @throws InvalidArgumentError that names the field, e.g. `task.object_info.payload_size` */
export function fromJson(schema: MessageSchema, value: unknown, path: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidArgumentError(path, 'an object', value)
  }
  const given = new Map(Object.entries(value))
  const message: Record<string, unknown> = {}
  for (const field of schema.fields) {
    if (field === undefined) continue
    // proto3 JSON takes the name of the .proto file and its camel case; null is the zero value.
    const name = given.has(field.name) ? field.name : field.key
    const found = given.get(name) ?? undefined
    given.delete(name)
    const at = `${path}.${field.name}`
    if (field.cap !== undefined) message[field.key] = listFromJson(field, field.cap, found, at)
    else message[field.key] = found === undefined ? zeroOf(field) : parsers[field.kind](found, at, field)
  }
  const [unknown] = given.keys()
  if (unknown !== undefined) throw new InvalidArgumentError(`${path}.${unknown}`, `a field of ${schema.name}`, unknown)
  return message
}

function listFromJson(field: Field, cap: number, value: unknown, at: string): unknown[] {
  if (value === undefined) return []
  if (!Array.isArray(value) || value.length > cap)
    throw new InvalidArgumentError(at, `an array of at most ${cap}`, value)
  return value.map((element, index) => parsers[field.kind](element, `${at}[${index}]`, field))
}

function zeroOf(field: Field): unknown {
  switch (field.kind) {
    case 'message':
      return field.always ? fromJson(field.of, {}, '') : undefined
    case 'string':
      return ''
    case 'id':
      return '0'
    case 'bytes':
      return new Uint8Array(0)
    case 'bool':
      return false
    case 'int64':
    case 'uint64':
      return 0n
    default:
      return 0
  }
}

type Parser = (value: unknown, at: string, field: Field) => unknown

const wide =
  (min: bigint, max: bigint, what: string): Parser =>
  (value, at) => {
    const text = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value
    if (typeof text === 'string' && /^-?\d{1,20}$/.test(text)) {
      const number = BigInt(text)
      if (number >= min && number <= max) return number
    }
    throw new InvalidArgumentError(at, what, value)
  }

const narrow =
  (min: number, max: number, what: string): Parser =>
  (value, at) => {
    const number = typeof value === 'string' && /^-?\d{1,10}$/.test(value) ? Number(value) : value
    if (typeof number === 'number' && Number.isInteger(number) && number >= min && number <= max) return number + 0
    throw new InvalidArgumentError(at, what, value)
  }

const INT32 = narrow(-(2 ** 31), 2 ** 31 - 1, 'a signed 32-bit integer')

/** Half of a surrogate pair has no UTF-8. */
const LONE_SURROGATE = /\p{Surrogate}/u
const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/

const parsers: Readonly<Record<Field['kind'], Parser>> = {
  message: (value, at, field) => fromJson((field as Extract<Field, { kind: 'message' }>).of, value, at),
  string: (value, at) => {
    if (typeof value !== 'string' || LONE_SURROGATE.test(value)) throw new InvalidArgumentError(at, 'a text', value)
    return value
  },
  id: (value, at) => {
    const id = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value
    if (id === '') return '0'
    if (typeof id === 'string' && isCanonicalId(id)) return id
    throw new InvalidArgumentError(at, 'a decimal number of at most 256 bits', value)
  },
  bytes: (value, at) => {
    const valid = typeof value === 'string' && BASE64.test(value) && value.replace(/=+$/, '').length % 4 !== 1
    if (!valid) throw new InvalidArgumentError(at, 'base64', value)
    return Uint8Array.from(Buffer.from(value, 'base64'))
  },
  bool: (value, at) => {
    if (typeof value !== 'boolean') throw new InvalidArgumentError(at, 'true or false', value)
    return value
  },
  enum: (value, at, field) => {
    const { values } = field as Extract<Field, { kind: 'enum' }>
    const number = typeof value === 'string' ? values.indexOf(value) : -1
    if (number >= 0) return number
    if (typeof value === 'number') return INT32(value, at, field)
    throw new InvalidArgumentError(at, `one of ${values.join(', ')}`, value)
  },
  int32: INT32,
  uint32: narrow(0, 2 ** 32 - 1, 'an unsigned 32-bit integer'),
  int64: wide(-(2n ** 63n), 2n ** 63n - 1n, 'a signed 64-bit integer'),
  uint64: wide(0n, 2n ** 64n - 1n, 'an unsigned 64-bit integer')
}
