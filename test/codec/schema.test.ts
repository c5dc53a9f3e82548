import { resolve } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import protobuf from 'protobufjs'
import t from 'tap'
import { decode } from '../../src/codec/decode.js'
import { encode } from '../../src/codec/encode.js'
import { Ping, Pong, ReplicatePieceApprovalTask } from '../../src/codec/gen/tables.js'
import type { Field, MessageSchema } from '../../src/codec/schema.js'
import { MAX_PONG_BYTES } from '../../src/constants.js'
import { ping, pong, task } from './arbitraries.js'

const proto = resolve(import.meta.dirname, '../../../proto')

const root = new protobuf.Root()
root.resolvePath = (_, target) => (target.startsWith('gogoproto/') ? null : resolve(proto, target))
root.loadSync(['base/types/gfspp2p/p2p.proto', 'base/types/gfsptask/task.proto'], { keepCase: true })

const scalarKinds: Readonly<Record<string, string>> = { id: 'string' }

/** What a .proto file says of a field, and what the schema says, in the same words. */
const ofSchema = (field: Field): string => {
  const type =
    field.of !== undefined
      ? field.of.name
      : field.values !== undefined
        ? field.values.join(',')
        : (scalarKinds[field.kind] ?? field.kind)
  return `${field.number} ${field.name} ${field.cap === undefined ? '' : 'repeated '}${type}`
}

const ofProto = (field: protobuf.Field): string => {
  field.resolve()
  const { resolvedType } = field
  const type =
    resolvedType instanceof protobuf.Enum
      ? Object.keys(resolvedType.values).join(',')
      : (resolvedType?.fullName.slice(1) ?? field.type)
  return `${field.id} ${field.name} ${field.repeated ? 'repeated ' : ''}${type}`
}

t.test('the schema says what the .proto files say, message by message', async t => {
  const seen = new Set<string>()
  const compare = (schema: MessageSchema): void => {
    if (seen.has(schema.name)) return
    seen.add(schema.name)
    const { fields } = schema
    const declared = root.lookupType(schema.name).fieldsArray.toSorted((a, b) => a.id - b.id)
    t.same(fields.map(ofSchema), declared.map(ofProto), schema.name)
    t.ok(
      schema.byNumber.every((field, number) => field === undefined || field.number === number),
      'by number'
    )
    for (const field of fields) if (field.of !== undefined) compare(field.of)
  }
  for (const schema of [Ping, Pong, ReplicatePieceApprovalTask]) compare(schema)
  t.equal(seen.size, 11, 'every message of the wire')
})

t.test('protobufjs reads what we write, and we read what it writes', async t => {
  const options = { longs: String, bytes: String } as const
  const agree = (schema: MessageSchema, message: object): boolean => {
    const type = root.lookupType(schema.name)
    const read = type.decode(encode(schema, message))
    const again = decode(type.encode(read).finish(), schema, MAX_PONG_BYTES)
    const json = (bytes: Uint8Array): object => type.toObject(type.decode(bytes), options)
    return (
      isDeepStrictEqual(again, message) && isDeepStrictEqual(type.toObject(read, options), json(encode(schema, again)))
    )
  }
  t.doesNotThrow(() => fc.assert(fc.property(task, value => agree(ReplicatePieceApprovalTask, value))))
  t.doesNotThrow(() => fc.assert(fc.property(ping, value => agree(Ping, value))))
  t.doesNotThrow(() => fc.assert(fc.property(pong, value => agree(Pong, value))))
})
