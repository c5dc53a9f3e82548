import fc from 'fast-check'
import protobuf from 'protobufjs'
import t from 'tap'
import {
  decodeDhtAnswer,
  encodeAddProvider,
  encodeGetProviders,
  MAX_DHT_ANSWER_BYTES
} from '../../src/codec/dht-message.js'
import { DecodeError } from '../../src/errors.js'

/** As in libp2p's specification. */
const message = protobuf
  .parse(
    `syntax = "proto3";
    message Message {
      message Peer {
        bytes id = 1;
        repeated bytes multiaddrs = 2;
        uint32 connection = 3;
      }
      uint32 type = 1;
      bytes key = 2;
      bytes record = 3;
      repeated Peer closer = 8;
      repeated Peer providers = 9;
      int32 clusterLevel = 10;
    }`,
    { keepCase: true }
  )
  .root.lookupType('Message')

const providersOf = (answer: Uint8Array) => decodeDhtAnswer(answer).providerPeers
const bytes = (length: number, fill: number): Uint8Array => new Uint8Array(length).fill(fill)
const encode = (fields: Record<string, unknown>): Uint8Array => message.encode(message.create(fields)).finish()
const key = bytes(34, 7)
const address = Uint8Array.of(4, 127, 0, 0, 1, 6, 0x1f, 0x90)

t.test('what we send is what Kademlia reads', async t => {
  t.match(message.decode(encodeGetProviders(key)).toJSON(), { type: 3, key: Buffer.from(key).toString('base64') })
  const told = message.decode(encodeAddProvider(key, { id: bytes(39, 1), multiaddrs: [address, address] })).toJSON()
  const multiaddr = Buffer.from(address).toString('base64')
  t.same(told, {
    type: 2,
    key: Buffer.from(key).toString('base64'),
    providers: [{ id: Buffer.from(bytes(39, 1)).toString('base64'), multiaddrs: [multiaddr, multiaddr] }]
  })
})

t.test('of an answer closer nodes and providers are read, and the rest is skipped', async t => {
  const peer = (fill: number) => ({ id: bytes(39, fill), multiaddrs: [address], connection: 1 })
  const answer = encode({ type: 3, key, closer: [peer(1), peer(2)], providers: [peer(3), peer(4)], clusterLevel: 9 })
  const providers = providersOf(answer)
  t.same(
    providers.map(({ id, multiaddrs }) => [id[0], multiaddrs.map(one => [...one])]),
    [
      [3, [[...address]]],
      [4, [[...address]]]
    ]
  )
  t.same(providersOf(encode({ type: 3, key })), [], 'who knows nobody names nobody')
})

t.test('an answer is bounded in bytes, providers and addresses', async t => {
  t.throws(() => providersOf(bytes(MAX_DHT_ANSWER_BYTES + 1, 0)), { name: 'DecodeError', reason: 'too-large' })
  const providers = Array.from({ length: 65 }, () => ({ id: bytes(1, 1) }))
  t.throws(() => providersOf(encode({ providers })), { name: 'DecodeError', reason: 'too-many-elements' })
  const multiaddrs = Array.from({ length: 33 }, () => address)
  t.throws(() => providersOf(encode({ providers: [{ id: bytes(1, 1), multiaddrs }] })), {
    name: 'DecodeError',
    reason: 'too-many-elements'
  })
})

t.test('any other bytes are an answer or a DecodeError', async t => {
  const good = encode({ providers: [{ id: bytes(39, 3), multiaddrs: [address] }] })
  for (let end = 1; end < good.length; end++) t.throws(() => providersOf(good.subarray(0, end)), DecodeError)
  const seed = Math.floor(Math.random() * 2 ** 31)
  t.comment(`seed ${seed}`)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), input => {
      try {
        return Array.isArray(providersOf(input))
      } catch (error) {
        return error instanceof DecodeError
      }
    }),
    { seed, numRuns: 2_000 }
  )
})
