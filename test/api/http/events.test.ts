import { get, type IncomingMessage } from 'node:http'
import t from 'tap'
import { createHttpApi } from '../../../src/api/http/index.js'
import { awaited } from '../../support/awaited.js'
import { clientOf, keyOf, newObject, startFixture, TOKEN } from './fixture.js'

const fixture = await startFixture(3, { heartbeatMs: 50 })
const { call, module } = fixture
t.teardown(() => fixture.stop())

interface Event {
  readonly id: string
  readonly event: string
  readonly data: Readonly<Record<string, unknown>>
}

/** Reads a stream until it is told to stop or the stream ends. */
class Reader {
  readonly events: Event[] = []
  text = ''
  #waiting: (() => void) | undefined

  constructor(readonly response: IncomingMessage) {
    response.setEncoding('utf8')
    response.on('data', (chunk: string) => {
      this.text += chunk
      const blocks = this.text.split('\n\n')
      this.events.splice(0, this.events.length, ...blocks.slice(0, -1).flatMap(parse))
      this.#waiting?.()
    })
    response.on('error', () => this.#waiting?.())
    response.on('close', () => this.#waiting?.())
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition() && !this.response.closed) {
      const more = new Promise<void>(resolve => {
        this.#waiting = resolve
      })
      await awaited(`more events after ${JSON.stringify(this.events.at(-1))}`, more)
    }
  }
}

function parse(block: string): Event[] {
  const fields = new Map(
    block.split('\n').map(line => [line.split(': ', 1)[0] ?? '', line.slice(line.indexOf(': ') + 2)])
  )
  const event = fields.get('event')
  if (event === undefined) return []
  return [
    { id: fields.get('id') ?? '', event, data: JSON.parse(fields.get('data') ?? '{}') as Record<string, unknown> }
  ]
}

const open = (path: string, headers: Record<string, string> = {}, url = fixture.api.url): Promise<Reader> =>
  new Promise((resolve, reject) => {
    get(
      `${url}/api/v1/events${path}`,
      { agent: false, headers: { authorization: `Bearer ${TOKEN}`, ...headers } },
      response => resolve(new Reader(response))
    ).on('error', reject)
  })

t.test('an ask shows as ask:sent, approval:received and ask:done, in this order', async t => {
  const reader = await open('')
  t.match(reader.response.headers['content-type'], /^text\/event-stream/)
  const object = newObject()
  const answer = await call('POST', '/api/v1/asks?wait=10s', { body: { object, min: 2, max: 2 } })
  t.equal(answer.status, 200, answer.text)
  const ours = () => reader.events.filter(({ data }) => data.key === keyOf(object))
  await reader.until(() => ours().some(({ event }) => event === 'ask:done'))
  const order = ours()
    .map(({ event }) => event)
    .filter(event => /^(ask|approval):/.test(event))
  t.strictSame(order, ['ask:sent', 'approval:received', 'approval:received', 'ask:done'])
  t.match(ours().find(({ event }) => event === 'approval:received')?.data.approval, {
    sp: /^0x/,
    expiredHeight: /^\d+$/,
    signature: /^[A-Za-z0-9+/]+=*$/
  })
  t.match(ours().find(({ event }) => event === 'ask:done')?.data, { outcome: 'approved' })
  const numbers = reader.events.map(({ id }) => Number(id.split('-')[1]))
  t.strictSame(
    numbers,
    [...numbers].sort((a, b) => a - b),
    'ids rise'
  )
  reader.response.destroy()
})

t.test('a client that comes back gets what it missed, of the types it wants', async t => {
  const before = await open('?types=ask:done')
  const first = newObject()
  await call('POST', '/api/v1/asks?wait=10s', { body: { object: first, min: 1, max: 1 } })
  await before.until(() => before.events.length > 0)
  t.strictSame([...new Set(before.events.map(({ event }) => event))], ['ask:done'])
  const last = before.events.at(-1)?.id ?? ''
  before.response.destroy()

  const second = newObject()
  await call('POST', '/api/v1/asks?wait=10s', { body: { object: second, min: 1, max: 1 } })
  const after = await open('?types=ask:done', { 'last-event-id': last })
  await after.until(() => after.events.some(({ data }) => data.key === keyOf(second)))
  t.notOk(
    after.events.some(({ data }) => data.key === keyOf(first)),
    'nothing twice'
  )
  after.response.destroy()

  const stranger = await open('', { 'last-event-id': 'elsewhere-7' })
  await stranger.until(() => stranger.events.length > 0)
  t.equal(stranger.events[0]?.event, 'stream:gap', 'an id of another life is told apart')
  stranger.response.destroy()
})

t.test('a silent stream carries heartbeats', async t => {
  const reader = await open('?types=peer:pruned'.replace('peer:pruned', 'sp:updated'))
  await reader.until(() => reader.text.split(': heartbeat').length > 2)
  t.equal(reader.events.length, 0)
  t.ok(reader.text.includes(': heartbeat\n\n'))
  reader.response.destroy()
})

t.test('a client that does not read is let go, and the module does not wait for it', async t => {
  const api = createHttpApi({ module, address: '127.0.0.1:0', token: TOKEN })
  await api.start()
  t.teardown(() => api.stop())
  const reader = await open('', {}, api.url)
  reader.response.pause()
  const error = 'x'.repeat(200_000)
  for (let i = 0; i < 200; i++) {
    module.dispatchEvent(new CustomEvent('peer:failed', { detail: { peerId: `peer-${i}`, error } }))
  }
  const closed = new Promise<void>(resolve => reader.response.once('close', () => resolve()))
  reader.response.resume()
  await closed
  t.ok(reader.text.length < 200 * error.length, `${reader.text.length} bytes came, then the stream broke off`)
  t.notOk(reader.response.complete)
})

t.test('more streams than allowed answer 503, and stopping ends every stream in order', async t => {
  const api = createHttpApi({ module, address: '127.0.0.1:0', token: TOKEN, maxEventStreams: 2 })
  await api.start()
  const readers = [await open('', {}, api.url), await open('', {}, api.url)]
  const refused = await clientOf(() => api.url)('GET', '/api/v1/events')
  t.equal(refused.status, 503)
  t.match(refused.body, { code: 'ERR_TOO_MANY_STREAMS' })
  t.equal(refused.headers['retry-after'], '5')
  const ended = Promise.all(
    readers.map(({ response }) => new Promise<void>(resolve => response.once('end', () => resolve())))
  )
  await api.stop()
  await ended
  for (const { response } of readers) t.ok(response.complete, 'an orderly end')
})
