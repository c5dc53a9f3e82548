/**
 * LevelDB's table files, read with every check. LevelDB itself does not check them when it compacts, and ends the process
 * when a flipped bit has put keys out of order. Format: doc/table_format.md and doc/impl.md of LevelDB.
 */
import protobuf from 'protobufjs/minimal.js'
import { crc32c } from '../kit/crc32c.js'
import { unsnap } from '../kit/snappy.js'

const FOOTER_BYTES = 48
const MAGIC = 0xdb4775248b80fb57n
/** After a block: one byte of compression, four of check sum. */
const TRAILER_BYTES = 5
/** A record has at most some 70 KiB, and blocks are cut at 4 KiB. */
const MAX_BLOCK_BYTES = 64 * 1024 * 1024

type Entry = readonly [key: Buffer, value: Buffer]

/** The data blocks of a table; `undefined` for one that is damaged. @throws RangeError when the table has no whole index */
export function* dataBlocks(table: Buffer): Generator<(() => Generator<Entry>) | undefined> {
  const footer = table.subarray(-FOOTER_BYTES)
  if (footer.length < FOOTER_BYTES || footer.readBigUInt64LE(FOOTER_BYTES - 8) !== MAGIC) {
    throw new RangeError('it has no footer of a table')
  }
  const handles = protobuf.Reader.create(footer)
  const [meta, index] = [blockAt(table, handles), blockAt(table, handles)]
  if (meta === undefined || index === undefined) throw new RangeError('its index is damaged')
  for (const [, filter] of entries(meta)) {
    if (blockAt(table, protobuf.Reader.create(filter)) === undefined) throw new RangeError('its filter is damaged')
  }
  for (const [, handle] of entries(index)) {
    const block = blockAt(table, protobuf.Reader.create(handle))
    yield block && (() => entries(block))
  }
}

interface Block {
  readonly stored: Buffer
  readonly isCompressed: boolean
}

/** @param handle where a block stands: offset and size */
function blockAt(table: Buffer, handle: protobuf.Reader): Block | undefined {
  const offset = handle.uint32()
  const end = offset + handle.uint32()
  if (end + TRAILER_BYTES > table.length) return undefined
  if (unmasked(table.readUInt32LE(end + 1)) !== crc32c(table.subarray(offset, end + 1))) return undefined
  return { stored: table.subarray(offset, end), isCompressed: table.readUInt8(end) === 1 }
}

/** Each key shares its beginning with the one before; at the end of the block stands where the sharing begins anew. */
function* entries({ stored, isCompressed }: Block): Generator<Entry> {
  const block = isCompressed ? Buffer.from(unsnap(stored, MAX_BLOCK_BYTES)) : stored
  const restarts = block.readUInt32LE(block.length - 4)
  const reader = protobuf.Reader.create(block.subarray(0, block.length - 4 * (restarts + 1)))
  let key = Buffer.alloc(0)
  const take = (bytes: number): Buffer => {
    reader.skip(bytes)
    return block.subarray(reader.pos - bytes, reader.pos)
  }
  while (reader.pos < reader.len) {
    const [shared, own, size] = [reader.uint32(), reader.uint32(), reader.uint32()]
    key = Buffer.concat([key.subarray(0, shared), take(own)])
    yield [key, take(size)]
  }
}

/** LevelDB masks its check sums, since a check sum of bytes that hold one is weak. */
export function unmasked(stored: number): number {
  const rotated = (stored - 0xa282ead8) >>> 0
  return ((rotated >>> 17) | (rotated << 15)) >>> 0
}
