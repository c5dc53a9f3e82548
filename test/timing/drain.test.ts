import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createKey, operatorAddressOf } from '../../src/index.js'
import { ANY_PORT, type Daemon, lines, startDaemon } from '../cli/command.js'
import { until } from '../support/awaited.js'

const ASKS = 100
const DRAINED_MS = 10_000

interface Api {
  post(path: string, body: object): Promise<Answer>
  get(path: string): Promise<Answer>
}

interface Answer {
  readonly status: number
  readonly body: { readonly code?: string; readonly approvals?: unknown[]; readonly tasks?: unknown[] }
}

/** Daemons of one list; the first asks, the second answers, the third stands still while asks run. */
const cwd = t.testdir()
const keys = [1, 2, 3].map(() => createKey())
const sps = keys.map(key => `[[providers]]\noperator_address = '${operatorAddressOf(key)}'\nnodes = []\n`)
writeFileSync(
  join(cwd, 'providers.toml'),
  `[chain]\nnetwork = 'local'\ngenesis = 2025-01-01T00:00:00Z\nblock_time = '2s'\n\n${sps.join('\n')}`
)

function start(t: Test, index: number, more: readonly string[] = []): Promise<Daemon> {
  const key = Buffer.from(keys[index] ?? []).toString('hex')
  writeFileSync(join(cwd, `${index}.key`), `${key}\n`, { mode: 0o600 })
  const args = ['start', ...ANY_PORT, '--allow-private', '--providers', 'providers.toml', '--data-dir', `d${index}`]
  const env = { SP_APPROVAL__SP_ACCOUNT__OPERATOR_PRIVATE_KEY_FILE: `${index}.key` }
  return startDaemon(t, [...args, ...more], { cwd, env })
}

/** A new asker that needs both others, with one ask behind it. */
async function cluster(t: Test): Promise<{ asker: Daemon; frozen: Daemon; api: Api }> {
  const [answering, frozen] = await others
  frozen.signal('SIGCONT')
  const asker = await start(
    t,
    0,
    [answering, frozen].flatMap(({ ready }) => ['--bootstrap', entryOf(ready)])
  )
  const token = readFileSync(join(cwd, 'd0/api.token'), 'utf8').trim()
  const call = async (method: string, path: string, body?: object): Promise<Answer> => {
    const response = await fetch(`${asker.ready.httpUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) })
    })
    return { status: response.status, body: (await response.json()) as Answer['body'] }
  }
  const api: Api = { post: (path, body) => call('POST', path, body), get: path => call('GET', path) }
  await until(
    async () => (await api.post('/api/v1/asks?wait=2s', ask('warm', '2s'))).status === 200,
    'an ask to succeed'
  )
  frozen.signal('SIGSTOP')
  return { asker, frozen, api }
}

const entryOf = ({ peerId, addresses }: Daemon['ready']): string => {
  const [, port] = /^\/ip4\/127\.0\.0\.1\/tcp\/(\d+)/.exec(String((addresses as string[])[0])) ?? []
  return `${peerId}@127.0.0.1:${port}`
}

const ask = (id: string, timeout: string): object => ({
  object: { bucket: 'b', object: `o-${id}`, id: objects++, payloadSize: '1MiB' },
  min: 2,
  max: 2,
  timeout
})
let objects = 1

/** A hundred asks that all run, and that somebody waits for. */
async function running(api: Api, timeout: string): Promise<Promise<Answer>[]> {
  const asks = Array.from({ length: ASKS }, (_, i) => api.post('/api/v1/asks?wait=55s', ask(String(i), timeout)))
  await until(async () => (await api.get('/api/v1/tasks')).body.tasks?.length === ASKS, 'all asks to run')
  return asks
}

/** A further ask is refused by the API, or finds it closed. */
async function refused(t: Test, api: Api): Promise<void> {
  await until(async () => {
    try {
      return (await api.post('/api/v1/asks', ask('late', '1s'))).status === 503
    } catch {
      return true
    }
  }, 'new asks to be refused')
  t.pass('no new work is taken')
}

function count(values: readonly (string | number)[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1
  return counts
}

const others = Promise.all([start(t, 1), start(t, 2)])

t.test('SIGTERM during a hundred asks: no new work, every ask ends and is answered, exit 0', async t => {
  const { asker, frozen, api } = await cluster(t)
  const asks = await running(api, '60s')
  const begun = performance.now()
  asker.signal('SIGTERM')
  await refused(t, api)
  frozen.signal('SIGCONT')
  const answers = await Promise.all(asks)
  t.same(count(answers.map(({ status }) => status)), { 200: ASKS })
  t.ok(answers.every(({ body }) => body.approvals?.length === 2))
  t.equal(await asker.ended(), 0)
  const took = performance.now() - begun
  t.ok(took <= DRAINED_MS, `drained in ${Math.round(took)} ms`)
})

t.test('asks that nobody answers are cancelled in time, and whoever waits for them is told', async t => {
  const { asker, api } = await cluster(t)
  const asks = await running(api, '60s')
  const begun = performance.now()
  asker.signal('SIGTERM')
  const answers = await Promise.all(asks)
  t.same(count(answers.map(({ status, body }) => `${status} ${body.code}`)), { '409 ERR_CANCELLED': ASKS })
  t.equal(await asker.ended(), 0)
  const took = performance.now() - begun
  t.ok(took <= DRAINED_MS, `drained in ${Math.round(took)} ms`)
  t.notMatch(asker.text.stderr, /Warning/)
  const ended = lines(asker.text.stderr).filter(line => line.includes('"outcome":"cancelled"'))
  t.equal(ended.length, ASKS, 'the log tells of each')
})

t.test('a second signal ends the drain at once with 130', async t => {
  const { asker, api } = await cluster(t)
  const asks = await running(api, '60s')
  const unanswered = Promise.allSettled(asks)
  asker.signal('SIGTERM')
  await refused(t, api)
  const begun = performance.now()
  asker.signal('SIGINT')
  t.equal(await asker.ended(), 130)
  const took = performance.now() - begun
  t.ok(took <= 1_000, `ended after ${Math.round(took)} ms`)
  await unanswered
})
