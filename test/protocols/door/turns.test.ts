import type { Stream } from '@libp2p/interface'
import t from 'tap'
import { ASK_PROTOCOL } from '../../../src/constants.js'
import { sharedAbort } from '../../../src/kit/abort.js'
import { prelude } from '../../../src/protocols/muxer/early-protocol.js'
import { UNFINISHED_STREAMS } from '../../../src/protocols/v0/limits.js'
import { TestRegistry, testNode, turn, until, within } from '../v0/harness.js'
import { rawPeer, transport } from '../v0/raw-peer.js'

/** Inbound streams of one protocol that go-libp2p takes from one peer by default. */
const GO_LIMIT = 64

t.test('towards a peer that resets what is too much at once, as go-libp2p does', async t => {
  const node = await testNode({ registry: new TestRegistry() })
  const open: Stream[] = []
  let most = 0
  let refused = 0
  let capturing = false
  const peer = await rawPeer({
    protocols: [ASK_PROTOCOL],
    identify: true,
    capture: stream => {
      if (!capturing) return false
      if (open.length >= GO_LIMIT) {
        refused++
        queueMicrotask(() => stream.abort(new Error('too many')))
      } else open.push(stream)
      most = Math.max(most, open.length)
      return true
    }
  })
  t.teardown(() => Promise.all([node.stop(), peer.stop()]))
  const identified = new Promise(resolve => node.host.events.addEventListener('peer:identify', resolve, { once: true }))
  await node.host.connect(peer.libp2p.peerId, peer.libp2p.getMultiaddrs(), within())
  await identified
  capturing = true

  /** The peer reads the oldest stream to its end and closes it. */
  const finish = async (): Promise<void> => {
    await until(() => open[0]?.remoteWriteStatus === 'closed', 'a stream with its end')
    const stream = open.shift()
    stream?.send(prelude(ASK_PROTOCOL))
    await stream?.close(within())
  }

  t.test('200 asks sent at once all arrive, few of them open at a time', async t => {
    const sent = Promise.all(Array.from({ length: 200 }, () => node.ask(peer.id)))
    for (let done = 0; done < 200; done++) await finish()
    await sent
    t.equal(refused, 0)
    t.equal(most, UNFINISHED_STREAMS)
    t.same(node.contacts, [], 'nothing was lost')
  })

  t.test('an ask that waits for its turn ends with its signal, and gives nobody else’s turn away', async t => {
    const first = Array.from({ length: UNFINISHED_STREAMS }, () => node.ask(peer.id))
    await Promise.all(first)
    const controller = new AbortController()
    const waiting = node.ask(peer.id, controller)
    const next = node.ask(peer.id)
    await turn()
    controller.abort(new Error('no longer needed'))
    await t.rejects(waiting, { code: 'ERR_UNREACHABLE', message: /no longer needed/ })
    for (let done = 0; done <= UNFINISHED_STREAMS; done++) await finish()
    await next
    t.equal(open.length, 0)
  })

  t.test('when the connection dies, those who wait go over a new one', async t => {
    const controller = sharedAbort()
    const send = (options: { readonly signal: AbortSignal }): Promise<unknown> => node.ask(peer.id, options)
    await Promise.all(Array.from({ length: UNFINISHED_STREAMS }, () => send(controller)))
    const waiting = Promise.all([send(within()), send(within())])
    controller.abort()
    open.length = 0
    node.host.events.addEventListener('connection:close', () => (capturing = false), { once: true })
    for (const connection of peer.libp2p.getConnections()) transport(connection).stream.socket.destroy()
    await waiting
    t.equal(node.host.connections(peer.libp2p.peerId).length, 1)
  })
})
