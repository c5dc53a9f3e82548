import fc from 'fast-check'
import protobuf from 'protobufjs'
import t from 'tap'
import { decodeIdentify, MAX_IDENTIFY_BYTES } from '../../src/codec/identify-message.js'
import { DecodeError } from '../../src/errors.js'

/** As in libp2p's specification. */
const message = protobuf
  .parse(
    `syntax = "proto2";
    message Identify {
      optional bytes publicKey = 1;
      repeated bytes listenAddrs = 2;
      repeated string protocols = 3;
      optional bytes observedAddr = 4;
      optional string protocolVersion = 5;
      optional string agentVersion = 6;
      optional bytes signedPeerRecord = 8;
    }`,
    { keepCase: true }
  )
  .root.lookupType('Identify')

const framed = (fields: Record<string, unknown>): Uint8Array => message.encodeDelimited(message.create(fields)).finish()
const joined = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts))
const address = Uint8Array.of(4, 127, 0, 0, 1, 6, 0x1f, 0x90)

t.test('addresses and protocols are read, the rest is skipped', async t => {
  const one = framed({
    publicKey: new Uint8Array(37).fill(1),
    listenAddrs: [address],
    protocols: ['/a/1', '/b/1'],
    observedAddr: address,
    protocolVersion: 'ipfs/0.1.0',
    agentVersion: 'go',
    signedPeerRecord: new Uint8Array(200).fill(2)
  })
  const { listenAddrs, protocols } = decodeIdentify(one)
  t.same(
    listenAddrs.map(bytes => [...bytes]),
    [[...address]]
  )
  t.same(protocols, ['/a/1', '/b/1'])
})

t.test('several messages are one answer, and a protocol counts once', async t => {
  const { listenAddrs, protocols } = decodeIdentify(
    joined(framed({ protocols: ['/a/1'], listenAddrs: [address] }), framed({ protocols: ['/a/1', '/b/1'] }))
  )
  t.equal(listenAddrs.length, 1)
  t.same(protocols, ['/a/1', '/b/1'])
})

t.test('what is too much or no message is refused', async t => {
  const refused = (bytes: Uint8Array, reason: string): void => {
    t.throws(() => decodeIdentify(bytes), { code: 'ERR_DECODE', message: new RegExp(`^${reason}: `) })
  }
  refused(new Uint8Array(0), 'malformed')
  refused(framed({ protocols: ['/a/1'] }).subarray(0, -1), 'malformed')
  refused(new Uint8Array(MAX_IDENTIFY_BYTES + 1), 'too-large')
  refused(joined(...Array.from({ length: 11 }, () => framed({ protocols: ['/a/1'] }))), 'too-many-elements')
  refused(framed({ protocols: Array.from({ length: 1_025 }, () => '') }), 'too-many-elements')
  refused(framed({ listenAddrs: Array.from({ length: 257 }, () => address) }), 'too-many-elements')
})

t.test('whatever the bytes, nothing but a DecodeError comes out', async () => {
  const good = framed({ publicKey: new Uint8Array(37), listenAddrs: [address], protocols: ['/ipfs/id/1.0.0'] })
  const altered = fc
    .tuple(fc.nat(good.length - 1), fc.nat(255))
    .map(([at, value]) => joined(good.subarray(0, at), Uint8Array.of(value), good.subarray(at + 1)))
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), altered), bytes => {
      try {
        const { listenAddrs, protocols } = decodeIdentify(bytes)
        return Array.isArray(listenAddrs) && protocols.every(name => typeof name === 'string')
      } catch (error) {
        return error instanceof DecodeError
      }
    }),
    { numRuns: 5_000, verbose: true }
  )
})
