/**
 * A grant on disk: one byte of version, 8 bytes of check sum over key and fields, then the fields in protobuf's
 * encoding (numbers of a field never change their meaning). Big integers are decimal text: ids have up to 256 bits.
 */
import protobuf from 'protobufjs/minimal.js'
import type { Height, SpAddress, TaskKey } from '../domain/brands.js'
import { type Grant, type GrantState, grantKey } from '../domain/grant.js'
import { checkSum } from './seal.js'

const VERSION = 1
const HEAD_BYTES = 9
const STATES: readonly GrantState[] = ['live', 'consumed', 'released', 'expired']
const FIELDS = 12

export interface EncodedGrant {
  readonly bytes: Uint8Array
  /** The record's share of the journal's sum. */
  readonly check: bigint
}

export type DecodedGrant =
  | { readonly ok: true; readonly grant: Grant; readonly check: bigint }
  | { readonly ok: false; readonly reason: string }

export function encodeGrant(grant: Grant): EncodedGrant {
  const fields = protobuf.Writer.create()
  const text = (field: number, value: string): void => {
    fields.uint32((field << 3) | 2).string(value)
  }
  const bytes = (field: number, value: Uint8Array): void => {
    fields.uint32((field << 3) | 2).bytes(value)
  }
  text(1, grant.asker)
  text(2, grant.objectId)
  text(3, grant.taskKey)
  text(4, `${grant.reservedBytes}`)
  text(5, `${grant.expiredHeight}`)
  text(6, `${grant.grantedHeight}`)
  text(7, `${grant.grantedAt}`)
  text(8, `${grant.createTime}`)
  bytes(9, Buffer.from(grant.askDigest, 'hex'))
  bytes(10, grant.ask)
  bytes(11, grant.answer)
  bytes(12, Uint8Array.of(STATES.indexOf(grant.state)))
  const body = fields.finish()
  const check = checkSum(grant.key, body)
  const record = Buffer.allocUnsafe(HEAD_BYTES + body.length)
  record.writeUInt8(VERSION, 0)
  record.writeBigUInt64BE(check, 1)
  record.set(body, HEAD_BYTES)
  return { bytes: record, check }
}

/** @param key the name it is stored under */
export function decodeGrant(key: string, record: Uint8Array): DecodedGrant {
  const bytes = Buffer.from(record.buffer, record.byteOffset, record.byteLength)
  if (bytes.length < HEAD_BYTES) return { ok: false, reason: `record ${key} has ${bytes.length} bytes` }
  const version = bytes.readUInt8(0)
  if (version !== VERSION) return { ok: false, reason: `record ${key}: expected version ${VERSION}, got ${version}` }
  const check = bytes.readBigUInt64BE(1)
  const body = bytes.subarray(HEAD_BYTES)
  if (checkSum(key, body) !== check) return { ok: false, reason: `record ${key}: its check sum differs` }
  try {
    const grant = read(body)
    if (grant.key !== key) return { ok: false, reason: `record ${key} holds ${grant.key}` }
    return { ok: true, grant, check }
  } catch (error) {
    return { ok: false, reason: `record ${key}: ${error instanceof Error ? error.message : 'unreadable'}` }
  }
}

function read(body: Uint8Array): Grant {
  const reader = protobuf.Reader.create(body)
  const fields: (Uint8Array | undefined)[] = []
  while (reader.pos < reader.len) fields[reader.uint32() >>> 3] = reader.bytes()
  const bytes = (field: number): Uint8Array => {
    const value = fields[field]
    if (value === undefined) throw new RangeError(`field ${field} of ${FIELDS} is missing`)
    // A copy, or one small field would keep the whole record in memory.
    return new Uint8Array(value)
  }
  const text = (field: number): string => Buffer.from(bytes(field)).toString()
  const state = STATES[bytes(12)[0] ?? STATES.length]
  if (state === undefined) throw new RangeError('its state is unknown')
  const asker = text(1) as SpAddress
  const objectId = text(2)
  return {
    key: grantKey(asker, objectId),
    asker,
    objectId,
    taskKey: text(3) as TaskKey,
    reservedBytes: BigInt(text(4)),
    expiredHeight: BigInt(text(5)) as Height,
    grantedHeight: BigInt(text(6)) as Height,
    grantedAt: Number(text(7)),
    createTime: BigInt(text(8)),
    askDigest: Buffer.from(bytes(9)).toString('hex'),
    ask: bytes(10),
    answer: bytes(11),
    state
  }
}
