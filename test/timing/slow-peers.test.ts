import { setTimeout as pause } from 'node:timers/promises'
import type { Stream } from '@libp2p/interface'
import t from 'tap'
import { encodeTask } from '../../src/codec/task-codec.js'
import { ANSWER_PROTOCOL, ASK_PROTOCOL, MAX_TASK_BYTES } from '../../src/constants.js'
import { systemClock } from '../../src/kit/clock.js'
import { silentLogger } from '../../src/logger.js'
import type { AskHandler } from '../../src/protocols/wire.js'
import { granted, type TestNode, TestRegistry, testNode, testTask, until, within } from '../protocols/v0/harness.js'
import { rawPeer, transport, wholeStream } from '../protocols/v0/raw-peer.js'

/** The long form opens 1,000. */
const STREAMS = Number(process.env.SP_APPROVAL_SLOW_STREAMS ?? 100)
const GONE_MS = 6_000
/** Between two asks; more of them would show no more and take a core. */
const ASK_EVERY_MS = 50

// Both wait for five seconds of the clock: side by side.
const deafHold = holdOfDeafPeer()
deafHold.catch(() => undefined)

t.test('slow streams are gone after 6 s, and asks go on all the while', async t => {
  const registry = new TestRegistry()
  const node = await testNode({ registry, isTied: () => true, clock: systemClock })
  // It knows the node: a stranger may not answer so fast.
  const asker = await testNode({ registry, isTied: () => true, clock: systemClock })
  const peer = await rawPeer()
  t.teardown(() => Promise.all([node.stop(), asker.stop(), peer.stop()]))
  const connection = await peer.connect(node)
  await asker.host.connect(node.host.peerId, node.host.addresses(), within())

  const task = encodeTask(testTask())
  const streams: Stream[] = []
  const dripping: Stream[] = []
  for (let index = 0; index < STREAMS; index++) {
    const stream = await peer.open(connection, ASK_PROTOCOL)
    streams.push(stream)
    const whole = wholeStream(ASK_PROTOCOL, task)
    // Nothing at all, half of the negotiation, no message, a part of it, and one byte a second from any of these.
    stream.send(whole.subarray(0, [0, 10, 40, 60][index % 4]))
    if (index % 8 >= 4) dripping.push(stream)
  }
  const drip = setInterval(() => {
    for (const stream of dripping) if (stream.writeStatus === 'writable') stream.send(Uint8Array.of(0))
  }, 1_000)
  t.teardown(() => clearInterval(drip))
  const begun = performance.now()
  const inbound = (): number => node.host.connections(peer.libp2p.peerId)[0]?.streams.length ?? 0
  await until(() => inbound() >= STREAMS, 'the node to have them all')
  let asks = 0
  while (inbound() > 0 && performance.now() - begun < GONE_MS + 2_000) {
    await askOnce(asker, node)
    asks++
    await pause(ASK_EVERY_MS)
  }
  const took = performance.now() - begun
  t.equal(inbound(), 0, 'no stream is left')
  t.ok(took <= GONE_MS, `the last went after ${Math.round(took)} ms`)
  t.ok(asks >= 20, `${asks} asks were answered meanwhile`)
  t.equal(node.wire.load.messages, 0)
  await until(() => streams.every(stream => stream.status !== 'open'), 'their opener to know it')
})

t.test('a peer that reads nothing holds 48 answers at a time, and all of them for five seconds at most', async t => {
  const { tookMs, undelivered } = await deafHold
  t.ok(tookMs < GONE_MS, `${Math.round(tookMs)} ms, within the deadline of a message`)
  // A place that comes free just before the five seconds are over is taken once more.
  t.ok(undelivered.length >= 400 - 2 * 48, `${undelivered.length} answers were given up`)
  t.ok(undelivered.every(({ error }) => error !== undefined))
})

interface Undelivered {
  readonly error?: string
}

/** What becomes of 400 answers to a peer that reads none of them. */
async function holdOfDeafPeer(): Promise<{ readonly tookMs: number; readonly undelivered: readonly Undelivered[] }> {
  const registry = new TestRegistry()
  const big = new Uint8Array(MAX_TASK_BYTES)
  const undelivered: Undelivered[] = []
  const log = { ...silentLogger, warn: (fields: object) => undelivered.push(fields) }
  let asks = 0
  const onAsk: AskHandler = async ask => {
    asks++
    return granted(ask, big)
  }
  const node = await testNode({ registry, isTied: () => true, onAsk, log, clock: systemClock })
  // It says what it speaks, so that answers come to it without a negotiation.
  const deaf = await rawPeer({ protocols: [ANSWER_PROTOCOL], identify: true })
  try {
    const identified = new Promise(done => node.host.events.addEventListener('peer:identify', done, { once: true }))
    const connection = await deaf.connect(node)
    await identified
    const ask = encodeTask(testTask())
    transport(connection).stream.socket.pause()
    for (let index = 0; index < 400; index++) {
      const stream = await deaf.open(connection, ASK_PROTOCOL)
      stream.send(wholeStream(ASK_PROTOCOL, ask))
      stream.close(within()).catch(() => undefined)
    }
    await until(() => asks === 400, 'all to be asked')
    const asked = performance.now()
    await until(() => node.wire.load.messages === 0, 'nothing to wait for it any more', GONE_MS + 4_000)
    return { tookMs: performance.now() - asked, undelivered }
  } finally {
    await Promise.all([node.stop(), deaf.stop()])
  }
}

async function askOnce(asker: TestNode, node: TestNode): Promise<void> {
  const before = asker.answers.length
  await asker.ask(node.id)
  await until(() => asker.answers.length > before, 'the answer')
}
