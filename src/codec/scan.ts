import { isUtf8 } from 'node:buffer'
import protobuf from 'protobufjs/minimal.js'
import { MAX_FIELDS } from '../constants.js'
import { isCanonicalId } from '../domain/object-id.js'
import { DecodeError } from '../errors.js'
import type { Field, MessageSchema } from './schema.js'

const VARINT = 0
const FIXED64 = 1
const BYTES = 2
const START_GROUP = 3
const END_GROUP = 4
const FIXED32 = 5

/** Varints of more bytes than this are read by the Go code and not by protobufjs where a tag or length stands. */
const PLAIN_TAG_BYTES = 4
const MAX_VARINT_BYTES = 10

/**
 * Walks a message once, before anything is allocated for it, and refuses what the Go code (gogoproto) refuses: wrong
 * wire types of known fields, illegal tags, groups that do not end, truncation, varints of more than ten bytes. Beyond
 * it: caps of elements and fields, strict UTF-8, canonical ids. Depth is that of the schema; unknown groups are counted, not nested.
 *
 * @returns bytes that protobufjs reads as Go reads the input: the input itself, or a copy without unknown fields and
 * with short tags and lengths where it is spelled in a way that protobufjs would refuse
 * @throws DecodeError
 */
export function scan(bytes: Uint8Array, schema: MessageSchema): Uint8Array {
  const walk = new Walk(bytes)
  walk.message(schema, bytes.length)
  if (walk.plain) return bytes
  const out = protobuf.Writer.create()
  new Walk(bytes, out).message(schema, bytes.length)
  return out.finish()
}

class Walk {
  /** Whether protobufjs reads the input as Go does. */
  plain = true
  private pos = 0
  /** Bytes of the last varint. */
  private size = 0
  /** Bits of the last varint above its lower 35. */
  private rest = 0
  private fields = 0
  private readonly counts = new Map<Field, number>()

  constructor(
    private readonly bytes: Uint8Array,
    private readonly out?: protobuf.Writer
  ) {}

  message(schema: MessageSchema, end: number): void {
    while (this.pos < end) {
      const start = this.pos
      const tag = this.tag(end)
      // As Go: the field number is the lower 32 bits above the wire type, signed.
      const number = Math.floor(tag / 8) | 0
      const wireType = tag & 7
      if (wireType === END_GROUP) throw malformed(`end of a group that was not begun in ${schema.name}`)
      if (number <= 0) throw malformed(`illegal field number ${number} in ${schema.name}`)
      const field = schema.fields[number]
      if (field === undefined) {
        this.plain = false
        this.pos = start
        this.skip(end)
        continue
      }
      if (this.size > PLAIN_TAG_BYTES) this.plain = false
      if (wireType !== wireTypeOf(field)) throw malformed(`wire type ${wireType} of ${schema.name}.${field.name}`)
      if (wireType === VARINT) this.number(field, end)
      else this.content(field, end)
    }
  }

  private tag(end: number): number {
    if (++this.fields > MAX_FIELDS) throw new DecodeError('too-many-elements', `more than ${MAX_FIELDS} fields`)
    return this.varint(end)
  }

  private number(field: Field, end: number): void {
    const start = this.pos
    const low = this.varint(end)
    if (field.kind === 'bool') {
      // Bits above the 64th count for protobufjs and not for Go.
      if (this.size === MAX_VARINT_BYTES) this.plain = false
      this.out?.uint32(field.number << 3).bool(low !== 0 || this.rest !== 0)
    } else {
      this.out?.uint32(field.number << 3).raw(this.bytes.subarray(start, this.pos))
    }
  }

  private content(field: Field, end: number): void {
    const length = this.varint(end)
    if (this.size > PLAIN_TAG_BYTES) this.plain = false
    if (this.rest !== 0 || length > end - this.pos) throw malformed(`${field.name} ends past its message`)
    const start = this.pos
    const stop = start + length
    this.count(field)
    if (field.kind === 'message') {
      this.out?.uint32((field.number << 3) | BYTES).fork()
      if (field.cap !== undefined) for (const inner of field.of.fields) if (inner?.cap) this.counts.delete(inner)
      this.message(field.of, stop)
      this.out?.ldelim()
      return
    }
    if (field.kind === 'string') checkText(this.bytes, start, stop, field)
    if (field.kind === 'id') {
      // Go leaves the id as it was where an empty one follows; protobufjs would clear it.
      if (length === 0) {
        this.plain = false
        return
      }
      checkId(this.bytes, start, stop)
    }
    this.pos = stop
    this.out?.uint32((field.number << 3) | BYTES).bytes(this.bytes.subarray(start, stop))
  }

  private count(field: Field): void {
    if (field.cap === undefined) return
    const count = (this.counts.get(field) ?? 0) + 1
    if (count > field.cap) throw new DecodeError('too-many-elements', `${field.name} has more than ${field.cap}`)
    this.counts.set(field, count)
  }

  /** An unknown field, by Go's rules: inside a group neither field numbers nor the number at its end matter. */
  private skip(end: number): void {
    let depth = 0
    do {
      const wireType = this.tag(end) & 7
      if (wireType === VARINT) this.varint(end)
      else if (wireType === FIXED64) this.advance(8, end)
      else if (wireType === FIXED32) this.advance(4, end)
      else if (wireType === BYTES) {
        const length = this.varint(end)
        this.advance(this.rest === 0 ? length : Number.POSITIVE_INFINITY, end)
      } else if (wireType === START_GROUP) depth++
      else if (wireType === END_GROUP) depth--
      else throw malformed(`illegal wire type ${wireType}`)
    } while (depth > 0)
  }

  private advance(length: number, end: number): void {
    if (length > end - this.pos) throw malformed('an unknown field ends past its message')
    this.pos += length
  }

  /** The lower 35 bits of a varint; `rest` and `size` tell of the others. Bits above the 64th are dropped, as in Go. */
  private varint(end: number): number {
    this.rest = 0
    let low = 0
    let factor = 1
    for (let index = 0; index < MAX_VARINT_BYTES; index++) {
      const byte = this.pos < end ? this.bytes[this.pos++] : undefined
      if (byte === undefined) throw malformed('a number ends past its message')
      const bits = byte & 0x7f
      if (index < 5) low += bits * factor
      else this.rest |= index < MAX_VARINT_BYTES - 1 ? bits : bits & 1
      if (byte < 0x80) {
        this.size = index + 1
        return low
      }
      factor *= 128
    }
    throw malformed('a number of more than ten bytes')
  }
}

function wireTypeOf({ kind }: Field): number {
  return kind === 'string' || kind === 'bytes' || kind === 'message' || kind === 'id' ? BYTES : VARINT
}

function checkText(bytes: Uint8Array, start: number, stop: number, field: Field): void {
  for (let index = start; index < stop; index++) {
    if ((bytes[index] ?? 0) < 0x80) continue
    if (isUtf8(bytes.subarray(index, stop))) return
    throw new DecodeError('invalid-utf8', `${field.name} is not UTF-8`)
  }
}

/** Digits of the largest id, 2^256 − 1. */
const MAX_ID_DIGITS = 78

function checkId(bytes: Uint8Array, start: number, stop: number): void {
  const digits = stop - start
  if (digits > MAX_ID_DIGITS || !isCanonicalId(Buffer.from(bytes.subarray(start, stop)).toString('latin1'))) {
    throw new DecodeError('non-canonical-id', `id of ${digits} bytes is not a canonical decimal of at most 256 bits`)
  }
}

const malformed = (detail: string): DecodeError => new DecodeError('malformed', detail)
