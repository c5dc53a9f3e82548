import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import type { ConnectionEncrypter, MessageStream } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import t, { type Test } from 'tap'
import { ASK_PROTOCOL } from '../../../src/constants.js'
import { overriding } from '../../../src/kit/overriding.js'
import { plainHost, within } from '../patches/plain-host.js'
import { type TestNode, TestRegistry, testNode } from '../v0/harness.js'
import { rawPeer } from '../v0/raw-peer.js'

/** A multistream line: length, text, line feed. */
const line = (text: string): Buffer => Buffer.from(`${String.fromCharCode(text.length + 1)}${text}\n`)
const HEADER = line('/multistream/1.0.0')
/** Lines that agree upon nothing. */
const IDLE_LINES = { 'unknown names': line('a'), 'requests for all names': line('ls'), headers: HEADER }
/** The header's answer, and at most so many in all. */
const HANDFUL = 8
const FLOOD_BYTES = 256 * 1024
const flood = (idle: Buffer): Buffer =>
  Buffer.concat([HEADER, ...new Array<Buffer>(Math.ceil(FLOOD_BYTES / idle.length)).fill(idle)])

/** Lines that came back. */
class Answers {
  #text = ''

  add(chunk: Uint8Array): void {
    this.#text += Buffer.from(chunk).toString('latin1')
  }

  /** An answer to `ls` is several lines and an empty one. */
  get count(): number {
    return this.#text.includes('\n\n') ? this.#text.split('\n\n').length : this.#text.split('\n').length - 1
  }
}

for (const [what, idle] of Object.entries(IDLE_LINES)) {
  t.test(`who sends 256 KiB of ${what} before the handshake gets a handful of answers`, async t => {
    const socket = await plainSocket(t, await nodeFor(t))
    const answers = new Answers()
    socket.on('data', chunk => answers.add(chunk))
    const closed = once(socket, 'close')
    socket.write(flood(idle))
    await closed
    t.ok(answers.count > 1 && answers.count <= HANDFUL, `${answers.count} answers`)
  })

  t.test(`so does who sends ${what} after it instead of a muxer`, async t => {
    const node = await nodeFor(t)
    const answers = new Answers()
    const peer = await plainHost(t, {
      connectionEncrypters: [
        components => {
          const inner: ConnectionEncrypter = noise()(components)
          return overriding(inner, {
            secureOutbound: async (connection, options) => {
              const secured = await inner.secureOutbound(connection, { ...options, skipStreamMuxerNegotiation: true })
              await flooding(secured.connection, idle, answers)
              throw new Error('ended by the node')
            }
          })
        }
      ]
    })
    await t.rejects(peer.dial(node.host.addresses(), within()), /ended by the node/)
    t.ok(answers.count > 1 && answers.count <= HANDFUL, `${answers.count} answers`)
    t.equal(node.host.connections().length, 0)
  })

  t.test(`so does who sends ${what} on a stream, and the connection stays`, async t => {
    const node = await nodeFor(t)
    const peer = await rawPeer()
    t.teardown(() => peer.stop())
    const connection = await peer.connect(node)
    const answers = new Answers()
    await flooding(await peer.open(connection, ASK_PROTOCOL), idle, answers)
    t.ok(answers.count > 1 && answers.count <= HANDFUL, `${answers.count} answers`)
    t.equal(connection.status, 'open')
  })
}

t.test('a peer that tries a few names before the one we know is served', async t => {
  const node = await nodeFor(t)
  const peer = await plainHost(t)
  const connection = await peer.dial(node.host.addresses(), within())
  const stream = await connection.newStream(['/of/another/1', '/of/another/2', '/of/another/3', ASK_PROTOCOL], within())
  t.equal(stream.protocol, ASK_PROTOCOL)
})

t.test('what follows the negotiation is not counted', async t => {
  const node = await nodeFor(t)
  const protocol = '/echo/1.0.0'
  await node.host.handle(protocol, stream => stream.addEventListener('message', ({ data }) => stream.send(data)), {})
  const peer = await plainHost(t)
  const connection = await peer.dial(node.host.addresses(), within())
  const stream = await connection.newStream(protocol, within())
  for (let turn = 0; turn < 3 * HANDFUL; turn++) {
    const echo = new Promise(resolve => stream.addEventListener('message', resolve, { once: true }))
    stream.send(Uint8Array.of(turn))
    await echo
  }
  t.equal(stream.status, 'open')
})

async function nodeFor(t: Test): Promise<TestNode> {
  const node = await testNode({ registry: new TestRegistry() })
  t.teardown(() => node.stop())
  return node
}

async function plainSocket(t: Test, node: TestNode): Promise<Socket> {
  const [, port] = node.host.addresses()[0]?.getComponents() ?? []
  const socket = createConnection(Number(port?.value), '127.0.0.1')
  socket.on('error', () => undefined)
  t.teardown(() => socket.destroy())
  await once(socket, 'connect')
  return socket
}

/** Resolves when the stream has ended. */
async function flooding(stream: MessageStream, idle: Buffer, answers: Answers): Promise<void> {
  stream.addEventListener('message', ({ data }) => answers.add(data.subarray()))
  const closed = new Promise(resolve => stream.addEventListener('close', resolve))
  stream.send(flood(idle))
  await closed
}
