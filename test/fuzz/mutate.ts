/** Changes messages into what a hostile or broken peer might send: by bytes and by protobuf fields. */
import { type Field, fieldBytes, parseFields, varint } from './fields.js'
import type { Random } from './random.js'

/** One to four changes, each to the bytes or to the fields of the message. */
export function mutate(random: Random, bytes: Uint8Array): Uint8Array {
  let changed = bytes
  for (let left = 1 + random.below(4); left > 0; left--) {
    changed = random.below(2) === 0 ? mutateBytes(random, changed) : mutateFields(random, changed)
  }
  return changed
}

/** Bytes that look like the wire's edges: zero, small, sign bits, ends of varints. */
const EDGE_BYTES = [0x00, 0x01, 0x7f, 0x80, 0xff, 0x0a, 0x12, 0x0b, 0x0c]

/** A flip, an overwrite, an insertion, a removal, a truncation or a doubled piece. */
export function mutateBytes(random: Random, bytes: Uint8Array): Uint8Array {
  const at = random.below(bytes.length + 1)
  const length = 1 + random.below(8)
  const before = bytes.subarray(0, at)
  const after = bytes.subarray(at)
  switch (random.below(6)) {
    case 0: {
      const flipped = bytes.slice()
      if (at < bytes.length) flipped[at] = (flipped[at] ?? 0) ^ (1 << random.below(8))
      return flipped
    }
    case 1: {
      const overwritten = bytes.slice()
      if (at < bytes.length) overwritten[at] = random.pick(EDGE_BYTES)
      return overwritten
    }
    case 2:
      return joined(before, random.bytes(length), after)
    case 3:
      return joined(before, after.subarray(length))
    case 4:
      return before.slice()
    default:
      return joined(before, after.subarray(0, length * 8), after)
  }
}

/** Changes one field of the message or of a message within it. Bytes that are no fields are changed as bytes. */
export function mutateFields(random: Random, bytes: Uint8Array, depth = 0): Uint8Array {
  const fields = parseFields(bytes)
  if (fields === undefined || fields.length === 0) return mutateBytes(random, bytes)
  const at = random.below(fields.length)
  const field = fields[at]
  if (field === undefined) return bytes
  const replaced = (...by: readonly Field[]): Uint8Array =>
    fieldBytes([...fields.slice(0, at), ...by, ...fields.slice(at + 1)])
  switch (random.below(10)) {
    case 0:
      return replaced()
    case 1:
      return replaced(...Array.from({ length: 2 + random.below(random.below(16) === 0 ? 600 : 4) }, () => field))
    case 2:
      return replaced({
        ...field,
        raw: undefined,
        number: random.pick([0, 1, 2, 5, 10, 14, 15, 24, 2 ** 28, 2 ** 29 - 1])
      })
    case 3:
      return replaced({ ...field, raw: undefined, wireType: random.below(8) })
    case 4:
      return replaced({ ...field, raw: undefined, wireType: 0, content: random.pick(EDGE_NUMBERS) })
    case 5:
      return replaced({ ...field, raw: undefined, wireType: 2, content: strangeContent(random) })
    case 6:
      return replaced(
        { number: 31, wireType: random.pick([0, 1, 2, 5]), content: random.bytes(random.below(12)) },
        field
      )
    case 7: {
      const group = 1 + random.below(40)
      return replaced({ ...EMPTY, number: group, wireType: 3 }, field, { ...EMPTY, number: group, wireType: 4 })
    }
    case 8:
      return replaced(field, { number: field.number, wireType: 2, content: new Uint8Array(0) })
    default:
      if (field.wireType !== 2 || depth > 4) return replaced(field, random.pick(fields))
      return replaced({ ...field, raw: undefined, content: mutateFields(random, field.content, depth + 1) })
  }
}

const EMPTY: Field = { number: 1, wireType: 2, content: new Uint8Array(0) }

/** Zero, one, sign bits, the largest, spelled too long, too long for a varint, cut off. */
const EDGE_NUMBERS: readonly Uint8Array[] = [
  varint(0n),
  varint(1n),
  varint((1n << 31n) - 1n),
  varint((1n << 32n) - 1n),
  varint(1n << 63n),
  varint((1n << 64n) - 1n),
  Uint8Array.of(0x81, 0x80, 0x80, 0x80, 0x00),
  Uint8Array.of(0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7e),
  new Uint8Array(10).fill(0xff),
  new Uint8Array(11).fill(0xff),
  Uint8Array.of(0x80)
]

/** Text that is no UTF-8, odd ids, long text, text that JSON escapes, a message within, random bytes. */
function strangeContent(random: Random): Uint8Array {
  switch (random.below(6)) {
    case 0:
      return random.pick([
        Uint8Array.of(0xff),
        Uint8Array.of(0xed, 0xa0, 0x80),
        Uint8Array.of(0xc0, 0x80),
        Uint8Array.of(0xe2, 0x80)
      ])
    case 1:
      return Buffer.from(
        random.pick(['', '0', '007', '-1', '+1', '0x10', '1_000', '18446744073709551616', '9'.repeat(78)])
      )
    case 2:
      return new Uint8Array(random.below(4_096)).fill(0x61)
    case 3:
      return Buffer.from('\b\f\n\u2028"\\<&>\u0000\ufeff\u007f😀'.repeat(1 + random.below(20)))
    case 4:
      return Uint8Array.of(0x0a, 0x00, 0x12, 0x00)
    default:
      return random.bytes(random.below(80))
  }
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts))
}
