/** LevelDB's log files: the last writes, and the catalogue (`MANIFEST`). Format: doc/log_format.md of LevelDB. */
import protobuf from 'protobufjs/minimal.js'
import { crc32c } from '../kit/crc32c.js'
import { unmasked } from './level-table.js'

const BLOCK_BYTES = 32_768
const HEAD_BYTES = 7
const FULL = 1
const LAST = 4

/** The whole records. The rest of a block is left out after damage in it, as LevelDB does. */
export function* logRecords(log: Buffer): Generator<Buffer> {
  let parts: Buffer[] = []
  for (let start = 0; start < log.length; start += BLOCK_BYTES) {
    const block = log.subarray(start, start + BLOCK_BYTES)
    for (let at = 0; at + HEAD_BYTES <= block.length; ) {
      const end = at + HEAD_BYTES + block.readUInt16LE(at + 4)
      const kind = block.readUInt8(at + 6)
      const isWhole = end <= block.length && unmasked(block.readUInt32LE(at)) === crc32c(block.subarray(at + 6, end))
      if (!isWhole || kind < FULL || kind > LAST) {
        parts = []
        break
      }
      parts.push(block.subarray(at + HEAD_BYTES, end))
      if (kind === FULL || kind === LAST) {
        yield Buffer.concat(parts)
        parts = []
      }
      at = end
    }
  }
}

/** Numbers of the table files that a catalogue names at its end. @throws RangeError for what is no catalogue */
export function liveTables(manifest: Buffer): Set<number> {
  const live = new Set<number>()
  for (const record of logRecords(manifest)) {
    const reader = protobuf.Reader.create(record)
    while (reader.pos < reader.len) readChange(reader, live)
  }
  return live
}

/** Fields of a change, by their tag in LevelDB's `version_edit.cc`. */
function readChange(reader: protobuf.Reader, live: Set<number>): void {
  const tag = reader.uint32()
  if (tag === 1) reader.bytes()
  else if (tag === 2 || tag === 3 || tag === 4 || tag === 9) reader.uint64()
  else if (tag === 5) {
    reader.uint32()
    reader.bytes()
  } else if (tag === 6) {
    reader.uint32()
    live.delete(reader.uint32())
  } else if (tag === 7) {
    reader.uint32()
    live.add(reader.uint32())
    reader.uint64()
    reader.bytes()
    reader.bytes()
  } else throw new RangeError(`expected a change of a catalogue, got tag ${tag}`)
}

export interface LoggedWrite {
  readonly key: string
  readonly sequence: bigint
  /** `undefined`: it was deleted. */
  readonly value: Buffer | undefined
}

/** The writes of one record of a log of writes. @throws RangeError */
export function* writesOf(record: Buffer): Generator<LoggedWrite> {
  let sequence = record.readBigUInt64LE(0)
  const reader = protobuf.Reader.create(record)
  reader.skip(12)
  while (reader.pos < reader.len) {
    const isPut = reader.uint32() === 1
    const key = Buffer.from(reader.bytes()).toString()
    yield { key, sequence: sequence++, value: isPut ? Buffer.from(reader.bytes()) : undefined }
  }
}
