/**
 * A grant on disk: one byte of format, 8 bytes of check sum over key and fields, then the fields in protobuf's encoding.
 * The number of a field never changes its meaning. Big integers are decimal text: ids have up to 256 bits.
 *
 * Format 1 (0.1.0) knew one wire and kept the whole ask (field 10), of which the fingerprint is left (14). It is read
 * here and written as format 2 when the journal is opened.
 */
import { hash } from 'node:crypto'
import protobuf from 'protobufjs/minimal.js'
import type { WireVersion } from '../domain/ask-identity.js'
import type { Height, PeerIdString, SpAddress, TaskKey } from '../domain/brands.js'
import { type Grant, type GrantState, grantKey } from '../domain/grant.js'
import { messageOf } from '../errors.js'
import { checkSum } from './seal.js'

/** Of records and of the journal that holds them. */
export const FORMAT = 2
const HEAD_BYTES = 9
const STATES: readonly GrantState[] = ['live', 'consumed', 'released', 'expired']
const WIRES: readonly WireVersion[] = ['0.0.1', '1.0.0']

export interface EncodedGrant {
  readonly bytes: Uint8Array
  /** The record's share of the journal's sum. */
  readonly check: bigint
}

export type DecodedGrant =
  | { readonly ok: true; readonly grant: Grant; readonly check: bigint; readonly format: number }
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
  text(8, `${grant.nonce}`)
  bytes(9, Buffer.from(grant.askDigest, 'hex'))
  bytes(11, grant.answer)
  bytes(12, Uint8Array.of(STATES.indexOf(grant.state)))
  text(13, grant.wire)
  bytes(14, Buffer.from(grant.fingerprint, 'hex'))
  if (grant.askedBy !== undefined) text(15, grant.askedBy)
  const body = fields.finish()
  const check = checkSum(grant.key, body)
  const record = Buffer.allocUnsafe(HEAD_BYTES + body.length)
  record.writeUInt8(FORMAT, 0)
  record.writeBigUInt64BE(check, 1)
  record.set(body, HEAD_BYTES)
  return { bytes: record, check }
}

/** @param key the name it is stored under */
export function decodeGrant(key: string, record: Uint8Array): DecodedGrant {
  const bytes = Buffer.from(record.buffer, record.byteOffset, record.byteLength)
  if (bytes.length < HEAD_BYTES) return { ok: false, reason: `record ${key} has ${bytes.length} bytes` }
  const format = bytes.readUInt8(0)
  if (format < 1 || format > FORMAT) {
    return { ok: false, reason: `record ${key}: expected format 1 to ${FORMAT}, got ${format}` }
  }
  const check = bytes.readBigUInt64BE(1)
  const body = bytes.subarray(HEAD_BYTES)
  if (checkSum(key, body) !== check) return { ok: false, reason: `record ${key}: its check sum differs` }
  try {
    const grant = read(body)
    if (grant.key !== key) return { ok: false, reason: `record ${key} holds ${grant.key}` }
    return { ok: true, grant, check, format }
  } catch (error) {
    return { ok: false, reason: `record ${key}: ${messageOf(error)}` }
  }
}

function read(body: Uint8Array): Grant {
  const reader = protobuf.Reader.create(body)
  const fields: (Uint8Array | undefined)[] = []
  while (reader.pos < reader.len) fields[reader.uint32() >>> 3] = reader.bytes()
  const bytes = (field: number): Uint8Array => {
    const value = fields[field]
    if (value === undefined) throw new RangeError(`field ${field} is missing`)
    return value
  }
  const text = (field: number): string => Buffer.from(bytes(field)).toString()
  const state = STATES[bytes(12)[0] ?? STATES.length]
  if (state === undefined) throw new RangeError('its state is unknown')
  const asker = text(1) as SpAddress
  const objectId = text(2)
  const ask = fields[10]
  return {
    key: grantKey(asker, objectId),
    asker,
    objectId,
    taskKey: text(3) as TaskKey,
    wire: ask === undefined ? wireOf(text(13)) : '0.0.1',
    nonce: BigInt(text(8)),
    askDigest: Buffer.from(bytes(9)).toString('hex'),
    fingerprint: ask === undefined ? Buffer.from(bytes(14)).toString('hex') : hash('sha256', ask),
    reservedBytes: BigInt(text(4)),
    expiredHeight: BigInt(text(5)) as Height,
    grantedHeight: BigInt(text(6)) as Height,
    grantedAt: Number(text(7)),
    // A copy: a view of the record would keep all of it in memory.
    answer: new Uint8Array(bytes(11)),
    state,
    ...(fields[15] !== undefined && { askedBy: text(15) as PeerIdString })
  }
}

function wireOf(version: string): WireVersion {
  const wire = WIRES.find(known => known === version)
  if (wire === undefined) throw new RangeError(`its wire ${version} is unknown`)
  return wire
}
