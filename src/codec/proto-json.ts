/** proto3 JSON, driven by the schema: zero values left out, 64-bit integers as strings, enums by name. */
import { isCanonicalId } from '../domain/object-id.js'
import { InvalidArgumentError } from '../errors.js'
import { type Field, isLeftOut, type MessageSchema, type ScalarKind } from './schema.js'

export function toJson<T extends object>({ fields }: MessageSchema<T>, message: T): object {
  const json: Record<string, unknown> = {}
  for (const field of fields) {
    const value = (message as Readonly<Record<string, unknown>>)[field.key]
    if (field.cap === undefined) {
      if (!isLeftOut(field, value)) json[field.name] = elementToJson(field, value)
    } else if ((value as readonly unknown[]).length > 0) {
      json[field.name] = (value as readonly unknown[]).map(element => elementToJson(field, element))
    }
  }
  return json
}

function elementToJson(field: Field, value: unknown): unknown {
  if (field.of !== undefined) return toJson(field.of, value as object)
  if (field.values !== undefined) return field.values[value as number] ?? value
  if (field.kind === 'id') return value || '0'
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  return typeof value === 'bigint' ? value.toString() : value
}

/** @throws InvalidArgumentError that names the field, e.g. `task.object_info.payload_size` */
export function fromJson<T extends object>(schema: MessageSchema<T>, value: unknown, path: string): T {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidArgumentError(path, 'an object', value)
  }
  const given = new Map(Object.entries(value))
  const message = { ...schema.zero } as Record<string, unknown>
  for (const field of schema.fields) {
    // proto3 JSON takes the name of the .proto file and its camel case; null is the zero value.
    const name = given.has(field.name) ? field.name : field.key
    const found = given.get(name) ?? undefined
    given.delete(name)
    if (found === undefined) continue
    const at = `${path}.${field.name}`
    message[field.key] =
      field.cap === undefined ? valueFromJson(field, found, at) : listFromJson(field, field.cap, found, at)
  }
  const [unknown] = given.keys()
  if (unknown !== undefined) throw new InvalidArgumentError(`${path}.${unknown}`, `a field of ${schema.name}`, unknown)
  return message as T
}

function listFromJson(field: Field, cap: number, value: unknown, at: string): unknown[] {
  if (!Array.isArray(value) || value.length > cap)
    throw new InvalidArgumentError(at, `an array of at most ${cap}`, value)
  return value.map((element, index) => valueFromJson(field, element, `${at}[${index}]`))
}

function valueFromJson({ of, values, kind }: Field, value: unknown, at: string): unknown {
  if (of !== undefined) return fromJson(of, value, at)
  if (values === undefined || typeof value === 'number') return parsers[kind](value, at)
  const number = typeof value === 'string' ? values.indexOf(value) : -1
  if (number < 0) throw new InvalidArgumentError(at, `one of ${values.join(', ')}`, value)
  return number
}

type Parser = (value: unknown, at: string) => unknown

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

const parsers: Readonly<Record<ScalarKind, Parser>> = {
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
  int32: INT32,
  uint32: narrow(0, 2 ** 32 - 1, 'an unsigned 32-bit integer'),
  int64: wide(-(2n ** 63n), 2n ** 63n - 1n, 'a signed 64-bit integer'),
  uint64: wide(0n, 2n ** 64n - 1n, 'an unsigned 64-bit integer')
}
