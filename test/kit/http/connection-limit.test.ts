import { once } from 'node:events'
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { limitConnections } from '../../../src/kit/http/connection-limit.js'
import { awaited } from '../../support/awaited.js'

/** All of it happens at once, or never. */
const GIVE_UP_MS = 10_000

/** A server whose requests for `/slow` are answered when `slow` is. */
async function serve(t: Test, max: number) {
  const slow: ServerResponse[] = []
  const server = createServer((request, response) => {
    if (request.url === '/slow') slow.push(response)
    else response.end('well')
  })
  limitConnections(server, max)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const idleSocket = async (): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined)
    t.teardown(() => socket.destroy())
    await awaited('an idle socket to be connected', once(socket, 'connect'), GIVE_UP_MS)
    return socket
  }
  const ask = async (path: string): Promise<string> => {
    const request = get({ port, path, agent: false })
    const answered = async (): Promise<string> => {
      const [response] = (await once(request, 'response')) as [IncomingMessage]
      return (await response.toArray()).join('')
    }
    return await awaited(`the answer to ${path}`, answered(), GIVE_UP_MS)
  }
  return { server, slow, idleSocket, ask }
}

t.test('sockets that say nothing do not keep a health check out', async t => {
  const { server, idleSocket, ask } = await serve(t, 8)
  for (let n = 0; n < 40; n++) await idleSocket()
  t.equal(await ask('/health'), 'well')
  const open = await new Promise(resolve => server.getConnections((_, count) => resolve(count)))
  t.ok(Number(open) <= 8, `${open} connections`)
})

t.test('the socket that has been idle for longest goes first', async t => {
  const { idleSocket } = await serve(t, 2)
  const [first, second] = [await idleSocket(), await idleSocket()]
  const closed = awaited('the socket idle for longest to be closed', once(first, 'close'), GIVE_UP_MS)
  await Promise.all([closed, idleSocket()])
  t.equal(second.destroyed, false)
})

t.test('a request in flight is not cut off for a newcomer', async t => {
  const { server, slow, ask } = await serve(t, 2)
  const answers: Promise<string>[] = []
  for (const _ of [1, 2]) {
    answers.push(ask('/slow'))
    await awaited('a request to come in', once(server, 'request'), GIVE_UP_MS)
  }
  await t.rejects(ask('/health'), { code: 'ECONNRESET' })
  for (const response of slow) response.end('done')
  t.strictSame(await Promise.all(answers), ['done', 'done'])
  t.equal(await ask('/health'), 'well')
})
