import protobuf from 'protobufjs/minimal.js'
import { type Field, isLeftOut, type MessageSchema } from './schema.js'

/** The bytes that the Go code writes for the same message: fields in the order of their numbers, zero values left out. */
export function encode<T extends object>(schema: MessageSchema<T>, message: T): Uint8Array {
  const writer = protobuf.Writer.create()
  writeMessage(writer, schema, message as Message)
  return writer.finish()
}

type Message = Readonly<Record<string, unknown>>

function writeMessage(writer: protobuf.Writer, { fields }: MessageSchema, message: Message): void {
  for (const field of fields) {
    const value = message[field.key]
    if (field.cap !== undefined) for (const element of value as readonly unknown[]) writeValue(writer, field, element)
    else if (!isLeftOut(field, value)) writeValue(writer, field, value)
  }
}

function writeValue(writer: protobuf.Writer, field: Field, value: unknown): void {
  writer.uint32((field.number << 3) | field.wireType)
  if (field.of !== undefined) {
    writer.fork()
    writeMessage(writer, field.of, value as Message)
    writer.ldelim()
  } else if (field.kind === 'id') writer.string((value as string) || '0')
  else writer[field.kind]((typeof value === 'bigint' ? wide(value) : value) as never)
}

/** As protobufjs takes 64 bits: a number where that is exact, its two halves otherwise. */
const wide = (value: bigint): number | Parameters<protobuf.Writer['uint64']>[0] =>
  value >= 0n && value <= 0x1f_ffff_ffff_ffffn
    ? Number(value)
    : { low: Number(BigInt.asIntN(32, value)), high: Number(BigInt.asIntN(32, value >> 32n)), unsigned: true }
