/** Protobuf fields as a list, without a schema: taken apart leniently, put together whatever they hold. */
export interface Field {
  readonly number: number
  readonly wireType: number
  /** The bytes of the value; for wire type 2 without their length. */
  readonly content: Uint8Array
  /** The whole field as it was read; put back as it is. */
  readonly raw?: Uint8Array | undefined
}

/** The fields of a well-formed message; `undefined` for anything else. */
export function parseFields(bytes: Uint8Array): readonly Field[] | undefined {
  const fields: Field[] = []
  let at = 0
  while (at < bytes.length) {
    const tag = readVarint(bytes, at)
    if (tag === undefined) return undefined
    const wireType = Number(tag.value & 7n)
    const value = readValue(bytes, tag.end, wireType)
    if (value === undefined) return undefined
    fields.push({
      number: Number(BigInt.asUintN(29, tag.value >> 3n)),
      wireType,
      content: value.content,
      raw: bytes.subarray(at, value.end)
    })
    at = value.end
  }
  return fields
}

function readValue(bytes: Uint8Array, at: number, wireType: number): { content: Uint8Array; end: number } | undefined {
  if (wireType === 0) {
    const number = readVarint(bytes, at)
    return number && { content: bytes.subarray(at, number.end), end: number.end }
  }
  const length = wireType === 2 ? readVarint(bytes, at) : undefined
  const start = length?.end ?? at
  const size = wireType === 1 ? 8 : wireType === 5 ? 4 : length === undefined ? undefined : Number(length.value)
  if (size === undefined || start + size > bytes.length) return undefined
  return { content: bytes.subarray(start, start + size), end: start + size }
}

function readVarint(bytes: Uint8Array, at: number): { value: bigint; end: number } | undefined {
  const first = bytes[at]
  if (first !== undefined && first < 0x80) return { value: BigInt(first), end: at + 1 }
  let value = 0n
  for (let index = 0; index < 10; index++) {
    const byte = bytes[at + index]
    if (byte === undefined) return undefined
    value |= BigInt(byte & 0x7f) << BigInt(7 * index)
    if (byte < 0x80) return { value, end: at + index + 1 }
  }
  return undefined
}

export function fieldBytes(fields: readonly Field[]): Uint8Array {
  const parts = fields.flatMap(({ number, wireType, content, raw }) => {
    if (raw !== undefined) return [raw]
    const tag = varint((BigInt(number) << 3n) | BigInt(wireType))
    return wireType === 2 ? [tag, varint(BigInt(content.length)), content] : [tag, content]
  })
  return Uint8Array.from(Buffer.concat(parts))
}

export function varint(value: bigint): Uint8Array {
  if (value < 0x80n) return Uint8Array.of(Number(value))
  const bytes: number[] = []
  let rest = value
  do {
    bytes.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0))
    rest >>= 7n
  } while (rest > 0n)
  return Uint8Array.from(bytes)
}
