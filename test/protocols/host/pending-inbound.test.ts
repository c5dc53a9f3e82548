import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { createKey } from '../../../src/identity/keys.js'
import { nodeHost } from '../../../src/module/node-host.js'
import type { P2PHost } from '../../../src/protocols/host/host.js'
import { fakeClock } from '../../../src/testing/fake-clock.js'
import { until } from '../v0/harness.js'

/** Connections that an address may open at once, and all that may be pending. */
const BURST = 64
const PLACES = 256
const ANSWER = '\x13/multistream/1.0.0\n'

t.test('one address cannot open connections faster than their handshakes may cost', async t => {
  const clock = fakeClock()
  const { connect } = await publicHost(t, clock)
  const first = await Promise.all(Array.from({ length: BURST + 8 }, () => connect('127.0.0.2')))
  const refused = (): number => first.filter(socket => socket.destroyed).length
  await until(() => refused() === 8, 'the surplus to be refused')
  t.ok(await speaks(await connect('127.0.0.3')), 'another address is not kept waiting')
  await clock.advance(1_000)
  const next = await Promise.all(Array.from({ length: 16 }, () => connect('127.0.0.2')))
  await until(() => next.filter(socket => socket.destroyed).length === 8, 'a second brings room for eight')
})

t.test('silent connections of many addresses do not keep another one out', async t => {
  const { connect } = await publicHost(t, fakeClock())
  const silent: Socket[] = []
  // More than there are places, from eight addresses.
  for (let index = 0; index < PLACES + 64; index++) silent.push(await connect(`127.0.1.${1 + (index % 8)}`))
  const honest = await connect('127.0.0.2')
  t.ok(await speaks(honest))
  const ended = silent.map(socket => socket.destroyed)
  t.ok(ended.slice(0, 64).every(Boolean), 'the oldest gave way')
  t.ok(ended.filter(Boolean).length <= 66, 'and no more than were in the way')
  for (let index = 0; index < 40; index++) silent.push(await connect(`127.0.1.${1 + (index % 8)}`))
  t.notOk(honest.destroyed, 'an address with few places keeps them')
})

async function publicHost(
  t: Test,
  clock: ReturnType<typeof fakeClock>
): Promise<{ host: P2PHost; connect: (from: string) => Promise<Socket> }> {
  const door = nodeHost({ nodeKey: createKey(), listen: ['/ip4/127.0.0.1/tcp/0'], clock })
  const host = await door.open()
  const [, port] = host.addresses()[0]?.getComponents() ?? []
  const sockets: Socket[] = []
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    return door.close(host)
  })
  const connect = async (localAddress: string): Promise<Socket> => {
    const socket = createConnection({ host: '127.0.0.1', port: Number(port?.value), localAddress })
    sockets.push(socket)
    socket.on('error', () => undefined)
    socket.on('end', () => socket.destroy())
    await once(socket, 'connect')
    return socket
  }
  return { host, connect }
}

/** Whether the node answers a header. */
async function speaks(socket: Socket): Promise<boolean> {
  socket.write(ANSWER)
  const [data] = await Promise.race([once(socket, 'data'), once(socket, 'close')])
  return String(data) === ANSWER
}
