import { isUtf8 } from 'node:buffer'
import { MAX_FIELDS } from '../constants.js'
import { isCanonicalId } from '../domain/object-id.js'
import { DecodeError } from '../errors.js'
import { BYTES, type Field, type MessageSchema, VARINT } from './schema.js'

const FIXED64 = 1
const START_GROUP = 3
const END_GROUP = 4
const FIXED32 = 5

const MAX_VARINT_BYTES = 10

/** Shared by all empty elements, so that each costs only a pointer. */
const NO_BYTES = new Uint8Array(0)

/**
 * Reads a message as the Go code (gogoproto) does, and refuses what that refuses: wrong wire types of known fields,
 * illegal tags, groups that do not end, truncation, varints of more than ten bytes. Stricter than Go are the caps of
 * bytes, elements and fields, UTF-8 and canonical ids. Every length and count is checked before anything is allocated
 * for it; depth is that of the schema, and unknown groups are counted, not nested. Nothing of the result refers to
 * `bytes`.
 *
 * @throws DecodeError
 */
export function decode<T extends object>(bytes: Uint8Array, schema: MessageSchema<T>, maxBytes: number): T {
  if (bytes.length > maxBytes) {
    throw new DecodeError('too-large', `expected at most ${maxBytes} bytes, got ${bytes.length}`)
  }
  const message = { ...schema.zero }
  new Decoder(bytes).message(schema, message as Message, bytes.length)
  return message
}

type Message = Record<string, unknown>

class Decoder {
  readonly #bytes: Uint8Array
  readonly #text: Buffer
  #pos = 0
  /** The last varint: its lower and upper 32 bits. Bits above the 64th are dropped, as in Go. */
  #low = 0
  #high = 0
  #fields = 0

  constructor({ buffer, byteOffset, length }: Uint8Array) {
    // Not the Buffer that may have come in: its `slice` would be a view.
    this.#bytes = new Uint8Array(buffer, byteOffset, length)
    this.#text = Buffer.from(buffer, byteOffset, length)
  }

  message({ name, byNumber }: MessageSchema, message: Message, end: number): void {
    while (this.#pos < end) {
      const wireType = this.#tag(end)
      // As Go: the lower 32 bits above the wire type, signed.
      const number = (this.#high << 29) | (this.#low >>> 3)
      if (wireType === END_GROUP) throw malformed(`end of a group that was not begun in ${name}`)
      if (number <= 0) throw malformed(`illegal field number ${number} in ${name}`)
      const field = byNumber[number]
      if (field === undefined) this.#skip(wireType, end)
      else if (wireType !== field.wireType) throw malformed(`wire type ${wireType} of ${name}.${field.name}`)
      else if (wireType === VARINT) message[field.key] = this.#number(field, end)
      else if (field.cap !== undefined) this.#element(field, field.cap, message, this.#length(field.name, end))
      else this.#content(field, message, this.#length(field.name, end))
    }
  }

  /** @returns the wire type */
  #tag(end: number): number {
    if (++this.#fields > MAX_FIELDS) throw new DecodeError('too-many-elements', `more than ${MAX_FIELDS} fields`)
    this.#varint(end)
    return this.#low & 7
  }

  /** Where the content that begins here ends. */
  #length(name: string, end: number): number {
    this.#varint(end)
    const length = this.#low >>> 0
    if (this.#high !== 0 || length > end - this.#pos) throw malformed(`${name} ends past its message`)
    return this.#pos + length
  }

  #number({ kind }: Field, end: number): unknown {
    this.#varint(end)
    const low = this.#low
    const high = this.#high
    switch (kind) {
      case 'bool':
        return (low | high) !== 0
      case 'uint32':
        return low >>> 0
      case 'int64':
      case 'uint64':
        // Below 2^52 a double is exact, and the faster way.
        if (high >= 0 && high < 1 << 20) return BigInt(high * 2 ** 32 + (low >>> 0))
        return (BigInt(kind === 'int64' ? high : high >>> 0) << 32n) | BigInt(low >>> 0)
      default:
        return low
    }
  }

  #content(field: Field, message: Message, stop: number): void {
    const { of, key } = field
    if (of !== undefined) {
      const held = message[key]
      // A message that comes twice is merged.
      const inner = held === undefined || held === of.zero ? { ...of.zero } : held
      message[key] = inner
      this.message(of, inner as Message, stop)
    } else if (field.kind !== 'id' || stop > this.#pos) {
      // Go leaves the id as it was where an empty one follows.
      message[key] = this.#value(field, stop)
    }
  }

  #element(field: Field, cap: number, message: Message, stop: number): void {
    const held = message[field.key] as unknown[]
    if (held.length >= cap) throw new DecodeError('too-many-elements', `${field.name} has more than ${cap}`)
    const element = field.of !== undefined ? this.#inner(field.of, stop) : this.#value(field, stop)
    // Messages share one empty list.
    if (held.length === 0) message[field.key] = [element]
    else held.push(element)
  }

  /** Elements without content share one object, so that thousands of them cost a pointer each. */
  #inner(schema: MessageSchema, stop: number): object {
    const inner: Message = { ...schema.zero }
    this.message(schema, inner, stop)
    return schema.fields.every(({ key, zero }) => inner[key] === zero) ? schema.zero : inner
  }

  #value(field: Field, stop: number): string | Uint8Array {
    const start = this.#pos
    this.#pos = stop
    if (field.kind === 'bytes') return start === stop ? NO_BYTES : this.#bytes.slice(start, stop)
    if (field.kind === 'id') return this.#id(start, stop)
    let at = start
    while (at < stop && (this.#bytes[at] ?? 0) < 0x80) at++
    if (at === stop) return this.#text.toString('latin1', start, stop)
    if (!isUtf8(this.#bytes.subarray(at, stop))) throw new DecodeError('invalid-utf8', `${field.name} is not UTF-8`)
    return this.#text.toString('utf8', start, stop)
  }

  #id(start: number, stop: number): string {
    const digits = stop - start
    const id = digits > MAX_ID_DIGITS ? '' : this.#text.toString('latin1', start, stop)
    if (isCanonicalId(id)) return id
    throw new DecodeError('non-canonical-id', `id of ${digits} bytes is not a canonical decimal of at most 256 bits`)
  }

  /** An unknown field, by Go's rules: inside a group neither field numbers nor the number at its end matter. */
  #skip(first: number, end: number): void {
    let depth = 0
    for (let wireType = first; ; wireType = this.#tag(end)) {
      if (wireType === VARINT) this.#varint(end)
      else if (wireType === FIXED64) this.#advance(8, end)
      else if (wireType === FIXED32) this.#advance(4, end)
      else if (wireType === BYTES) this.#pos = this.#length('an unknown field', end)
      else if (wireType === START_GROUP) depth++
      else if (wireType === END_GROUP) depth--
      else throw malformed(`illegal wire type ${wireType}`)
      if (depth <= 0) return
    }
  }

  #advance(length: number, end: number): void {
    if (length > end - this.#pos) throw malformed('an unknown field ends past its message')
    this.#pos += length
  }

  #varint(end: number): void {
    const first = this.#pos < end ? (this.#bytes[this.#pos] ?? 0) : 0x80
    if (first < 0x80) {
      this.#pos++
      this.#low = first
      this.#high = 0
      return
    }
    let low = 0
    let high = 0
    for (let index = 0; index < MAX_VARINT_BYTES; index++) {
      const byte = this.#pos < end ? this.#bytes[this.#pos++] : undefined
      if (byte === undefined) throw malformed('a number ends past its message')
      const bits = byte & 0x7f
      if (index < 4) low |= bits << (7 * index)
      else if (index > 4) high |= bits << (7 * index - 32)
      else {
        low |= bits << 28
        high = bits >>> 4
      }
      if (byte < 0x80) {
        this.#low = low
        this.#high = high
        return
      }
    }
    throw malformed('a number of more than ten bytes')
  }
}

/** Digits of the largest id, 2^256 − 1. */
const MAX_ID_DIGITS = 78

const malformed = (detail: string): DecodeError => new DecodeError('malformed', detail)
