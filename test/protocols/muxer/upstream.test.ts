/** What yamux, Noise and libp2p do without the patches of muxer/: a test that fails here says that a patch can go. */
import '../../../src/protocols/patches/with-resolvers.js'
import { createConnection } from 'node:net'
import { privateKeyFromRaw } from '@libp2p/crypto/keys'
import type { MessageStream, Stream, StreamMuxerFactory } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { multiaddrConnectionPair, streamPair } from '@libp2p/utils'
import { yamux } from '@libp2p/yamux'
import t from 'tap'
import type { Uint8ArrayList } from 'uint8arraylist'
import { createKey } from '../../../src/identity/keys.js'
import { overriding } from '../../../src/kit/overriding.js'
import { prelude } from '../../../src/protocols/muxer/early-protocol.js'
import { quietLogger } from '../../../src/protocols/patches/quiet-logger.js'
import { plainHost, within } from '../patches/plain-host.js'
import { turn, until } from '../v0/harness.js'
import { rawPeer } from '../v0/raw-peer.js'

const MESSAGE = Buffer.from('a message')

/** What is written to a connection, write by write. */
function writesOf(connection: MessageStream): (Uint8Array | Uint8ArrayList)[] {
  const writes: (Uint8Array | Uint8ArrayList)[] = []
  const send = connection.send.bind(connection)
  connection.send = data => {
    writes.push(data)
    return send(data)
  }
  return writes
}

t.test('early-protocol: a stream cannot be written before the peer has answered the negotiation', async t => {
  const captured: Stream[] = []
  const opener = await rawPeer()
  const mute = await rawPeer({ protocols: ['/of/mute'], capture: stream => captured.push(stream) > 0 })
  t.teardown(() => Promise.all([opener.stop(), mute.stop()]))
  const connection = await opener.libp2p.dial(mute.libp2p.getMultiaddrs(), within())
  let opened = false
  const opening = connection.newStream('/of/mute', { ...within(), negotiateFully: false }).then(stream => {
    opened = true
    return stream
  })
  await until(() => captured.length === 1, 'the stream at the peer')
  await new Promise(resolve => setTimeout(resolve, 100))
  t.equal(opened, false)
  captured[0]?.send(prelude('/of/mute'))
  await opening
})

t.test('keep-readable: what was read to the end cannot be put back', async t => {
  const [writer, reader] = await streamPair()
  writer.send(MESSAGE)
  await writer.close(within())
  await until(() => reader.remoteWriteStatus === 'closed', 'the end of the stream')
  await new Promise(resolve => reader.addEventListener('message', resolve))
  t.equal(reader.status, 'open', 'we can still write')
  t.throws(() => reader.unshift(MESSAGE), { name: 'StreamStateError' })
})

t.test('early-streams: too many streams before the connection stands end the muxer alone', async t => {
  const [near, far] = multiaddrConnectionPair()
  const factory = yamux({ maxEarlyStreams: 2 })()
  const opener = factory.createStreamMuxer(near)
  const muxer = factory.createStreamMuxer(far)
  for (let count = 0; count < 3; count++) (await opener.createStream()).send(MESSAGE)
  await until(() => muxer.status === 'closed', 'the muxer to end')
  t.equal(far.status, 'open')
})

t.test('frame-batch: each frame is a write of its own', async t => {
  const [near] = multiaddrConnectionPair()
  const writes = writesOf(near)
  const muxer = yamux()().createStreamMuxer(near)
  const stream = await muxer.createStream()
  stream.send(MESSAGE)
  await stream.close(within())
  await turn()
  t.ok(writes.length >= 2, `${writes.length} writes for opening, message and end`)
})

t.test('frame-guard: a frame longer than any window is buffered', async t => {
  const [near, far] = multiaddrConnectionPair()
  const muxer = yamux()().createStreamMuxer(far)
  const header = frame(1, 1)
  header.writeUInt8(0, 1)
  header.writeUInt32BE(0xffff_ffff, 8)
  near.send(header)
  let sent = 0
  for (const chunk = Buffer.alloc(64 * 1024); sent < 16 * chunk.length; sent += chunk.length) near.send(chunk)
  let received = 0
  far.addEventListener('message', ({ data }) => {
    received += data.byteLength
  })
  await until(() => received >= sent, 'the bytes to arrive')
  t.equal(far.status, 'open')
  t.equal(muxer.status, 'open')
  t.equal(muxer.streams.length, 0, '1 MiB for a stream that does not exist yet')
})

t.test('frame-guard: each opening frame makes a stream, also where the next one resets it', async t => {
  const [near, far] = multiaddrConnectionPair()
  const muxer = yamux()().createStreamMuxer(far)
  let made = 0
  muxer.addEventListener('stream', () => made++)
  const frames = Array.from({ length: 1_000 }, (_, index) => [1, 8].map(flags => frame(flags, 1 + 2 * index))).flat()
  near.send(Buffer.concat(frames))
  await until(() => made === 1_000, 'a thousand streams')
  t.equal(far.status, 'open')
})

t.test('negotiation-bound: lines that agree upon nothing are answered without end', async t => {
  const host = await plainHost(t)
  const [, port] = host.getMultiaddrs()[0]?.getComponents() ?? []
  const socket = createConnection(Number(port?.value), '127.0.0.1')
  t.teardown(() => socket.destroy())
  let answers = ''
  socket.on('data', chunk => {
    answers += chunk.toString('latin1')
  })
  socket.write(`\x13/multistream/1.0.0\n${'\x02a\n'.repeat(500)}`)
  await until(() => answers.split('na\n').length > 500, 'five hundred answers')
})

t.test('proven-peers: a muxer is not told whose connection it serves', async t => {
  const given: object[] = []
  const inner: StreamMuxerFactory = yamux()()
  const createStreamMuxer: StreamMuxerFactory['createStreamMuxer'] = connection => {
    given.push(connection)
    return inner.createStreamMuxer(connection)
  }
  const streamMuxers = [() => overriding(inner, { createStreamMuxer })]
  const [host, peer] = [await plainHost(t, { streamMuxers }), await plainHost(t)]
  await peer.dial(host.getMultiaddrs(), within())
  await until(() => given.length === 1, 'the muxer')
  t.notOk(given.some(connection => 'remotePeer' in connection))
})

t.test('joined-writes: a message of Noise is handed down in two pieces', async t => {
  const [near, far] = multiaddrConnectionPair()
  const [a, b] = [encrypter(), encrypter()]
  const [secured] = await Promise.all([a.secureOutbound(near, within()), b.secureInbound(far, within())])
  const writes = writesOf(near)
  secured.connection.send(MESSAGE)
  t.equal(writes.length, 1)
  t.equal([...(writes[0] as Uint8ArrayList)].length, 2, 'length and ciphertext')
})

/** A window update: SYN is 1, RST 8. */
function frame(flags: number, stream: number): Buffer {
  const header = Buffer.alloc(12)
  header.writeUInt8(1, 1)
  header.writeUInt16BE(flags, 2)
  header.writeUInt32BE(stream, 4)
  return header
}

function encrypter() {
  const privateKey = privateKeyFromRaw(createKey())
  const peerId = peerIdFromPrivateKey(privateKey)
  const components = {
    privateKey,
    peerId,
    logger: quietLogger,
    upgrader: { getConnectionEncrypters: () => new Map(), getStreamMuxers: () => new Map() }
  }
  return noise()(components as unknown as Parameters<ReturnType<typeof noise>>[0])
}
