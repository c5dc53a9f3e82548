import protobuf from 'protobufjs/minimal.js'

/** One empty array for all: an empty element costs a pointer. */
const NO_BYTES = new Uint8Array(0)

/** The generated prototypes hold a Buffer where a byte field was absent. */
export const bytesOf = (field: Uint8Array): Uint8Array => (field.length === 0 ? NO_BYTES : field)

/**
 * protobufjs' reader for bytes that `scan` has passed. Strings come out flat (built piece by piece they cost up to ten
 * times their bytes), byte fields as copies (a view keeps the whole message in memory).
 */
export class ScannedReader extends protobuf.Reader {
  private readonly text: Buffer

  constructor(bytes: Uint8Array) {
    // A plain array also where a Buffer came in: what is read from both must be the same.
    super(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength))
    this.text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  override stringVerify(): string {
    const length = this.size()
    const start = this.pos
    this.pos += length
    return length === 0 ? '' : this.text.toString('utf8', start, this.pos)
  }

  override bytes(): Uint8Array {
    const length = this.size()
    const start = this.pos
    this.pos += length
    return length === 0 ? NO_BYTES : Uint8Array.prototype.slice.call(this.buf, start, this.pos)
  }
}
