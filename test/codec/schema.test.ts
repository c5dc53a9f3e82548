import { resolve } from 'node:path'
import protobuf from 'protobufjs'
import t from 'tap'
import { type Field, type MessageSchema, PING, PONG, TASK } from '../../src/codec/schema.js'

const proto = resolve(import.meta.dirname, '../../../proto')

const root = new protobuf.Root()
root.resolvePath = (_, target) => resolve(proto, target)
root.loadSync(['base/types/gfspp2p/p2p.proto', 'base/types/gfsptask/task.proto'], { keepCase: true })

const scalarKinds: Readonly<Record<string, string>> = { id: 'string' }

/** What a .proto file says of a field, and what the schema says, in the same words. */
const ofSchema = (field: Field): string => {
  const type =
    field.kind === 'message'
      ? field.of.name
      : field.kind === 'enum'
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
    const fields = schema.fields.filter(field => field !== undefined)
    const declared = root.lookupType(schema.name).fieldsArray.toSorted((a, b) => a.id - b.id)
    t.same(fields.map(ofSchema), declared.map(ofProto), schema.name)
    t.ok(
      schema.fields.every((field, number) => field === undefined || field.number === number),
      'by number'
    )
    for (const field of fields) if (field.kind === 'message') compare(field.of)
  }
  for (const schema of [PING, PONG, TASK]) compare(schema)
  t.equal(seen.size, 11, 'every message of the wire')
})
