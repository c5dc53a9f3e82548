import t from 'tap'
import { parseSpAddress } from '../../src/codec/address.js'
import { pingDigests, pongDigests } from '../../src/codec/digest.js'
import * as tables from '../../src/codec/gen/tables.js'
import { keccak256 } from '../../src/codec/keccak.js'
import { fromJson, toJson } from '../../src/codec/proto-json.js'
import { pingSignBytes, pongSignBytes } from '../../src/codec/sign-bytes.js'
import { decodePing, decodePong, encodePing, encodePong } from '../../src/codec/task-codec.js'
import { localSigner } from '../../src/identity/local-signer.js'
import { createVerifier, signedBy } from '../../src/identity/verifier.js'
import { backends } from '../identity/backends.js'
import { type Compare, fromHex, hex, holdRows, readRows, text } from './rows.js'

interface Row {
  readonly message: object
  readonly sign_bytes: string
  readonly keccak: string
  readonly key: number
  readonly signature: string
  readonly wire: string
  readonly verify?: 'accept' | 'refuse'
}

interface Form<M extends { readonly spOperatorAddress: string; readonly signature: Uint8Array }> {
  readonly fromJson: (value: unknown) => M
  readonly toJson: (message: M) => object
  readonly encode: (message: M) => Uint8Array
  readonly decode: (bytes: Uint8Array) => M
  readonly signBytes: (message: M) => Uint8Array
  readonly digests: (message: M) => Uint8Array[]
}

const keys = readRows<{ readonly private_key: string }>('keys.json').map(row => row.private_key)

function check<M extends { readonly spOperatorAddress: string; readonly signature: Uint8Array }>(
  form: Form<M>,
  row: Row,
  compare: Compare
): void {
  const message = form.fromJson(row.message)
  compare('wire', hex(form.encode(message)), row.wire)
  const decoded = form.decode(fromHex(row.wire))
  compare('message', form.toJson(decoded), row.message)
  compare('sign_bytes', text(form.signBytes(decoded)), row.sign_bytes)
  compare('keccak', hex(keccak256(form.signBytes(decoded))), row.keccak)
  for (const backend of backends) {
    const signer = localSigner(keys[row.key] ?? '', backend)
    const digest = fromHex(row.keccak)
    compare(`signature (${backend.name})`, hex(signer.sign(digest, SUBJECT) as Uint8Array), row.signature)
    if (row.verify === undefined) continue
    const address = parseSpAddress(decoded.spOperatorAddress)
    const accepted =
      address !== undefined && signedBy(createVerifier(backend), form.digests(decoded), decoded.signature, address)
    compare(`verify (${backend.name})`, accepted ? 'accept' : 'refuse', row.verify)
  }
}

/** A local key looks at the digest only. */
const SUBJECT = { type: 'ping', message: { spOperatorAddress: '', signature: new Uint8Array(0) } } as const

t.test('pings are read, written, signed and verified as Go does', t =>
  holdRows<Row>(t, 'ping.json', (row, compare) =>
    check(
      {
        fromJson: value => fromJson(tables.Ping, value, 'ping'),
        toJson: message => toJson(tables.Ping, message),
        encode: encodePing,
        decode: decodePing,
        signBytes: pingSignBytes,
        digests: pingDigests
      },
      row,
      compare
    )
  )
)

t.test('pongs are read, written, signed and verified as Go does', t =>
  holdRows<Row>(t, 'pong.json', (row, compare) =>
    check(
      {
        fromJson: value => fromJson(tables.Pong, value, 'pong'),
        toJson: message => toJson(tables.Pong, message),
        encode: encodePong,
        decode: decodePong,
        signBytes: pongSignBytes,
        digests: pongDigests
      },
      row,
      compare
    )
  )
)
