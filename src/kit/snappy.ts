import protobuf from 'protobufjs/minimal.js'

/**
 * The bytes of a raw Snappy block (github.com/google/snappy, format_description.txt).
 *
 * @param most bytes that may come out
 * @throws RangeError
 */
export function unsnap(block: Uint8Array, most: number): Uint8Array {
  const reader = protobuf.Reader.create(block)
  const length = reader.uint32()
  if (length > most) throw new RangeError(`snappy: expected at most ${most} bytes, got ${length}`)
  const out = Buffer.alloc(length)
  const input = Buffer.from(block.buffer, block.byteOffset, block.byteLength)
  let from = reader.pos
  let to = 0
  const number = (bytes: number): number => {
    from += bytes
    return input.readUIntLE(from - bytes, bytes)
  }
  while (from < input.length) {
    const tag = number(1)
    const kind = tag & 3
    if (kind === 0) {
      const short = tag >>> 2
      const size = (short < 60 ? short : number(short - 59)) + 1
      if (from + size > input.length || to + size > length) throw new RangeError('snappy: a literal is too long')
      to += input.copy(out, to, from, from + size)
      from += size
      continue
    }
    const size = kind === 1 ? ((tag >>> 2) & 7) + 4 : (tag >>> 2) + 1
    const back = kind === 1 ? ((tag & 0xe0) << 3) | number(1) : number(kind === 2 ? 2 : 4)
    if (back === 0 || back > to || to + size > length) throw new RangeError('snappy: a copy lies outside')
    // Byte by byte: what is copied may overlap what it makes.
    for (const end = to + size; to < end; to++) out[to] = out[to - back] as number
  }
  if (to !== length) throw new RangeError(`snappy: expected ${length} bytes, got ${to}`)
  return out
}
