import protobuf from 'protobufjs/minimal.js'

const NOTHING = new Uint8Array(0)

/**
 * protobufjs' reader for bytes that `scan` has passed. Strings come out flat (built piece by piece they cost up to ten
 * times their bytes), byte fields as copies (a view keeps the whole message in memory).
 */
export class ScannedReader extends protobuf.Reader {
  private readonly text: Buffer

  constructor(bytes: Uint8Array) {
    super(bytes)
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
    return length === 0 ? NOTHING : Uint8Array.prototype.slice.call(this.buf, start, this.pos)
  }
}
