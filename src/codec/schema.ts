/** Message schemas as data, for decoder, encoder, sign bytes and JSON; `gen/tables.ts` has those of the wire. */
import { MAX_CHECKSUMS, MAX_NODE_ADDRESSES, MAX_PONG_NODES, MAX_TAGS } from '../constants.js'

/** Wire types of the known fields. */
export const VARINT = 0
export const BYTES = 2

export type ScalarKind = 'string' | 'id' | 'bytes' | 'bool' | 'int32' | 'uint32' | 'int64' | 'uint64'

export interface Field {
  readonly number: number
  /** Name in the .proto file and in JSON. */
  readonly name: string
  /** Name in our types. */
  readonly key: string
  /** `,"name":` */
  readonly jsonKey: string
  /** How it is written: an enum as `int32`, a message as `bytes`. */
  readonly kind: ScalarKind
  /** Of a message. */
  readonly of: MessageSchema | undefined
  /** Of an enum. */
  readonly values: readonly string[] | undefined
  /** Most elements of a repeated field; singular without it. */
  readonly cap: number | undefined
  /** Written with its zero value too. */
  readonly always: boolean
  readonly zero: unknown
  readonly wireType: typeof VARINT | typeof BYTES
}

export interface MessageSchema<T extends object = object> {
  /** Full name, as in the .proto file. */
  readonly name: string
  readonly zero: T
  /** In the order of their numbers. */
  readonly fields: readonly Field[]
  readonly byNumber: readonly (Field | undefined)[]
  /** In the order of their names. */
  readonly sorted: readonly Field[]
}

/** Most elements of each repeated field; every one needs a cap. */
export const CAPS = {
  'base.types.gfspp2p.GfSpPong.nodes': MAX_PONG_NODES,
  'base.types.gfspp2p.GfSpNode.multi_addr': MAX_NODE_ADDRESSES,
  'greenfield.storage.ResourceTags.tags': MAX_TAGS,
  'greenfield.storage.ObjectInfo.checksums': MAX_CHECKSUMS
} as const

type Kind = ScalarKind | readonly string[] | MessageSchema
/** A scalar by its kind, an enum by the names of its values, a message by its schema. */
type Row = readonly [
  number: number,
  name: string,
  kind: Kind,
  options?: { readonly cap?: number; readonly always?: boolean }
]

const IN_BYTES: readonly ScalarKind[] = ['string', 'bytes', 'id']

/** A schema from its rows, which are in the order of their numbers. */
export function message<T extends object>(name: string, zero: T, rows: readonly Row[]): MessageSchema<T> {
  const zeros = new Map<string, unknown>(Object.entries(zero))
  const fields = rows.map(([number, fieldName, kind, { cap, always = false } = {}]): Field => {
    const key = camel(fieldName)
    const of = typeof kind === 'object' && 'fields' in kind ? kind : undefined
    const values = typeof kind === 'object' && !('fields' in kind) ? kind : undefined
    const scalar = typeof kind === 'string' ? kind : of === undefined ? 'int32' : 'bytes'
    return {
      number,
      name: fieldName,
      key,
      jsonKey: `,"${fieldName}":`,
      kind: scalar,
      of,
      values,
      cap,
      always,
      zero: zeros.get(key),
      wireType: IN_BYTES.includes(scalar) ? BYTES : VARINT
    }
  })
  const last = fields.at(-1)?.number ?? 0
  const byNumber = Array.from({ length: last + 1 }, (_, number) => fields.find(field => field.number === number))
  const sorted = fields.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  return { name, zero, fields, byNumber, sorted }
}

const camel = (name: string): string => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())

/** Whether proto3 leaves a value out. */
export const isLeftOut = (field: Field, value: unknown): boolean =>
  (value === field.zero || (value instanceof Uint8Array && value.length === 0)) && !field.always
