// Own process: what it has loaded is looked at.

import { once } from 'node:events'
import { createRequire } from 'node:module'
import { connect } from 'node:net'
import t from 'tap'
import { createHttpApi } from '../../../src/api/http/index.js'
import { type Logger, silentLogger } from '../../../src/index.js'
import { clientOf, inPath, keyOf, newObject, startFixture, TOKEN } from './fixture.js'

const fixture = await startFixture(3)
const { module, gate } = fixture
t.teardown(() => fixture.stop())

/** Sends raw bytes and gives all that comes back. */
const raw = (url: string, text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url)
    const socket = connect(Number(port), hostname, () => socket.write(text))
    let answer = ''
    socket.setEncoding('utf8')
    socket.on('data', (chunk: string) => {
      answer += chunk
    })
    socket.on('close', () => resolve(answer))
    socket.on('error', reject)
  })

t.test('what checks requests and writes the OpenAPI document is loaded when it is needed', async t => {
  const loaded = (name: RegExp): boolean =>
    Object.keys(createRequire(import.meta.url).cache).some(file => name.test(file.replace(/^.*\/node_modules\//, '')))
  const validator = /^ajv\//
  const writer = /^@fastify\/swagger\//
  t.notOk(loaded(/^@fastify\/(ajv|fast-json-stringify)-compiler\//))
  t.equal((await fixture.call('GET', '/api/v1/node')).status, 200)
  t.notOk(loaded(validator))
  t.equal((await fixture.call('GET', '/api/v1/peers?limit=0')).status, 400)
  t.ok(loaded(validator))
  t.notOk(loaded(writer))
  t.equal((await fixture.call('GET', '/api/v1/openapi.json')).status, 200)
  t.ok(loaded(writer))
})

t.test('what cannot be bound safely is refused before anything listens', async t => {
  const of = (address: string, token?: string) => () =>
    createHttpApi({ module, address, ...(token === undefined ? {} : { token }) })
  t.throws(of('0.0.0.0:0'), {
    code: 'ERR_INVALID_ARGUMENT',
    message: 'token: expected a token, since 0.0.0.0 is reachable from elsewhere, got "none"'
  })
  for (const address of ['[::]:0', '192.0.2.1:80', 'sp0.example.com:80', '127.0.0.1.example.com:80']) {
    t.throws(of(address), { code: 'ERR_INVALID_ARGUMENT' }, address)
  }
  for (const address of [
    '',
    '127.0.0.1',
    '127.0.0.1:',
    ':9380',
    '127.0.0.1:99999',
    '[127.0.0.1]:1',
    'a b:1',
    '::1:80'
  ]) {
    t.throws(of(address, TOKEN), { code: 'ERR_INVALID_ARGUMENT', message: /^address: expected HOST:PORT/ }, address)
  }
  t.throws(of('127.0.0.1:0', ''), { message: /^token: expected at least 16 characters without spaces, got "one of 0/ })
  try {
    of('127.0.0.1:0', 'short-secret')()
    t.fail('a short token was taken')
  } catch (error) {
    t.notMatch(String(error), 'short-secret', 'the message does not show it')
  }
})

t.test('without a token it serves loopback only, and says so', async t => {
  const warnings: string[] = []
  const logger: Logger = { ...silentLogger, warn: (_fields, message) => warnings.push(message) }
  const api = createHttpApi({ module, address: 'localhost:0', logger })
  await api.start()
  t.teardown(() => api.stop())
  t.strictSame(warnings, ['http API without a token'])
  const call = clientOf(() => api.url)
  t.equal((await call('GET', '/api/v1/node', { token: null })).status, 200)
  t.equal((await call('GET', '/api/v1/node', { token: null, headers: { host: 'evil.example' } })).status, 403)
  t.equal((await call('GET', '/api/v1/node', { token: null, headers: { origin: 'https://evil.example' } })).status, 403)
  t.equal((await call('GET', '/api/v1/node', { token: null, headers: { origin: api.url } })).status, 200)
})

t.test('with a token it may be bound anywhere and called by any name', async t => {
  const api = createHttpApi({ module, address: '0.0.0.0:0', token: TOKEN })
  await api.start()
  t.teardown(() => api.stop())
  const call = clientOf(() => api.url.replace('0.0.0.0', '127.0.0.1'))
  t.equal((await call('GET', '/api/v1/node', { headers: { host: 'sp0.example.com' } })).status, 200)
  t.equal((await call('GET', '/api/v1/node', { token: null })).status, 401)
})

t.test('on loopback it may be called by the names that were allowed, and by no other', async t => {
  const api = createHttpApi({ module, address: '127.0.0.1:0', token: TOKEN, allowedHosts: ['SP0.example.com'] })
  await api.start()
  t.teardown(() => api.stop())
  const call = clientOf(() => api.url)
  const statusOf = async (headers: Record<string, string>) => (await call('GET', '/api/v1/node', { headers })).status
  t.equal(await statusOf({ host: 'sp0.example.com:443', origin: 'https://sp0.example.com' }), 200)
  t.equal(await statusOf({}), 200)
  t.equal(await statusOf({ host: 'evil.example' }), 403)
  t.equal(await statusOf({ host: 'sp0.example.com', origin: 'https://evil.example' }), 403)
})

t.test('it starts again after a stop, and an address in use is one clear line', async t => {
  const api = createHttpApi({ module, address: '127.0.0.1:0', token: TOKEN })
  t.throws(() => api.url, { code: 'ERR_NOT_RUNNING' })
  for (let round = 0; round < 3; round++) {
    await api.start()
    const { url } = api
    t.equal((await clientOf(() => url)('GET', '/-/healthy', { token: null })).status, 200)
    if (round === 2) {
      const taken = createHttpApi({ module, address: url.replace('http://', ''), token: TOKEN })
      await t.rejects(taken.start(), {
        code: 'ERR_LIFECYCLE',
        message: /^http: expected to listen on .*, got .*EADDRINUSE/
      })
      await taken.stop()
    }
    await api.stop()
    await t.rejects(clientOf(() => url)('GET', '/-/healthy'), { code: 'ECONNREFUSED' })
  }
  await api.stop()
})

t.test('stopping answers what is in flight within its bound, and the ask goes on', async t => {
  const api = createHttpApi({ module, address: '127.0.0.1:0', token: TOKEN, drainMs: 100 })
  await api.start()
  gate.close()
  const object = newObject()
  const waiting = clientOf(() => api.url)('POST', '/api/v1/asks?wait=60s', {
    body: { object, min: 1, max: 1, timeout: '20s' }
  })
  await new Promise(resolve => module.addEventListener('ask:sent', resolve, { once: true }))
  const [answer] = await Promise.all([waiting, api.stop()])
  t.equal(answer.status, 202, 'the caller learns where to look')
  t.equal(answer.headers.connection, 'close')
  t.equal(module.queryTasks(keyOf(object)).length, 1)
  gate.open()
  await fixture.call('POST', `/api/v1/tasks/${inPath(keyOf(object))}/cancel`)
})

t.test('what is no HTTP, too long or too large is refused as a problem', async t => {
  const { url } = fixture.api
  const garbage = await raw(url, 'SSH-2.0-OpenSSH_9.6\r\n\r\n')
  t.match(garbage, /^HTTP\/1\.1 400 Bad Request\r\n/)
  t.match(garbage, /application\/problem\+json[\s\S]*"code":"ERR_BAD_REQUEST"/)
  const long = await raw(url, `GET /-/healthy HTTP/1.1\r\nhost: localhost\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`)
  t.match(long, /^HTTP\/1\.1 431 /)
  const lying = await raw(
    url,
    `POST /api/v1/asks HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${TOKEN}\r\ncontent-type: application/json\r\n` +
      'content-length: 999999999\r\nconnection: close\r\n\r\n{'
  )
  t.match(lying, /^HTTP\/1\.1 413 /, 'before the body comes')
  const nameless = await raw(url, `GET /api/v1/node HTTP/1.0\r\nauthorization: Bearer ${TOKEN}\r\n\r\n`)
  t.match(nameless, /^HTTP\/1\.1 403 /, 'no Host header')
})

t.test('300 idle local sockets do not keep a health check out', async t => {
  const { hostname, port } = new URL(fixture.api.url)
  const sockets = await Promise.all(
    Array.from({ length: 300 }, async () => {
      const socket = connect(Number(port), hostname).on('error', () => undefined)
      await once(socket, 'connect')
      return socket
    })
  )
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
  })
  t.equal((await fixture.call('GET', '/-/healthy', { token: null })).status, 200)
})

t.test('answers are not kept by anybody and carry the id of their request', async t => {
  const answer = await fixture.call('GET', '/api/v1/node', { headers: { 'x-request-id': 'chosen-by-a-stranger' } })
  t.match(answer.headers, {
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-request-id': /^[0-9a-f-]{36}$/
  })
})
