import type { Stream } from '@libp2p/interface'
import t from 'tap'
import { encodeTask } from '../../../src/codec/task-codec.js'
import { ASK_PROTOCOL } from '../../../src/constants.js'
import { UnreachableError } from '../../../src/errors.js'
import { prelude } from '../../../src/protocols/muxer/early-protocol.js'
import { TestRegistry, testNode, until, within } from '../v0/harness.js'
import { rawPeer, wholeStream } from '../v0/raw-peer.js'

/** What arrived on a stream, frame by frame, and whether its end did. */
interface Heard {
  readonly stream: Stream
  readonly frames: Uint8Array[]
}

t.test('towards a peer that lists the protocol', async t => {
  const node = await testNode({ registry: new TestRegistry() })
  let mute = false
  const heard: Heard[] = []
  const peer = await rawPeer({
    protocols: [ASK_PROTOCOL],
    identify: true,
    capture: stream => {
      if (mute) heard.push(listen(stream))
      return mute
    }
  })
  t.teardown(() => Promise.all([node.stop(), peer.stop()]))
  const identified = new Promise(resolve => node.host.events.addEventListener('peer:identify', resolve, { once: true }))
  await node.host.connect(peer.libp2p.peerId, peer.libp2p.getMultiaddrs(), within())
  await identified
  mute = true
  const ask = await node.ask(peer.id)
  await until(() => heard[0]?.stream.remoteWriteStatus === 'closed', 'the end of the stream')

  t.test('header, protocol and message come in one frame, and the end, before it has said a word', async t => {
    t.equal(heard.length, 1)
    t.equal(heard[0]?.frames.length, 1)
    t.same(Buffer.from(heard[0]?.frames[0] ?? []), wholeStream(ASK_PROTOCOL, encodeTask(ask)))
  })

  t.test('its echo is dropped and the stream goes when it closes its side', async t => {
    const stream = heard[0]?.stream
    const open = (): number =>
      node.host.connections(peer.libp2p.peerId)[0]?.streams.filter(({ protocol }) => protocol === ASK_PROTOCOL)
        .length ?? 0
    t.equal(open(), 1)
    stream?.send(prelude(ASK_PROTOCOL))
    await stream?.close(within())
    await until(() => open() === 0, 'the stream to go')
    t.same(node.contacts, [], 'nothing was lost')
  })

  t.test('a refusal of the protocol counts as a failed contact, and the next message negotiates', async t => {
    await node.ask(peer.id)
    await until(() => heard.length === 2, 'the second stream')
    heard[1]?.stream.send(Buffer.concat([prelude('').subarray(0, 20), Buffer.from('\x03na\n')]))
    await until(() => node.contacts.length === 1, 'the failed contact')
    t.match(node.contacts[0]?.result, { ok: false, error: `${ASK_PROTOCOL}: protocol refused` })
    const controller = new AbortController()
    const sent = node.ask(peer.id, controller)
    await until(() => (heard[2]?.frames.length ?? 0) > 0, 'the third stream')
    t.same(Buffer.from(heard[2]?.frames[0] ?? []), prelude(ASK_PROTOCOL), 'only header and protocol')
    controller.abort()
    await t.rejects(sent, UnreachableError)
  })

  t.test('a peer that answers with something else is cut off', async t => {
    mute = false
    await node.ask(peer.id)
    mute = true
    const before = node.contacts.length
    await node.ask(peer.id)
    await until(() => heard.length === 4, 'the fourth stream')
    heard[3]?.stream.send(Buffer.concat([prelude(ASK_PROTOCOL), Buffer.alloc(2_000)]))
    await until(() => node.contacts.length > before, 'the failed contact')
    t.match(node.contacts.at(-1)?.result, { ok: false, error: /not its own/ })
  })
})

t.test('towards a peer of which nothing is known', async t => {
  const node = await testNode({ registry: new TestRegistry() })
  const received: Uint8Array[] = []
  const peer = await rawPeer({
    protocols: [ASK_PROTOCOL],
    onStream: (_, stream) => {
      stream.addEventListener('message', event => received.push(event.data.subarray()))
      stream.close(within()).catch(() => undefined)
    }
  })
  t.teardown(() => Promise.all([node.stop(), peer.stop()]))
  await node.host.connect(peer.libp2p.peerId, peer.libp2p.getMultiaddrs(), within())
  const ask = await node.ask(peer.id)
  await until(() => received.length === 1, 'the negotiated message')
  t.same(Buffer.from(received[0] ?? []), Buffer.from(encodeTask(ask)), 'it is negotiated')
  await node.ask(peer.id)
  await until(() => received.length === 2, 'the early message')
  t.same(Buffer.from(received[1] ?? []), Buffer.from(encodeTask(ask)), 'and what was learnt is used the next time')
})

t.test('a peer that cannot be reached, or does not speak it, is an UnreachableError', async t => {
  const node = await testNode({ registry: new TestRegistry() })
  const peer = await rawPeer()
  t.teardown(() => node.stop())
  await t.rejects(node.ask(peer.id), UnreachableError, 'no address')
  await node.host.connect(peer.libp2p.peerId, peer.libp2p.getMultiaddrs(), within())
  await t.rejects(node.ask(peer.id), { message: /could not negotiate/ })
  await peer.stop()
  await until(() => node.host.connections().length === 0, 'the connection to close')
  await t.rejects(node.ask(peer.id), UnreachableError, 'gone')
})

function listen(stream: Stream): Heard {
  const frames: Uint8Array[] = []
  stream.addEventListener('message', event => frames.push(event.data.subarray()))
  return { stream, frames }
}
