import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Registry, register } from 'prom-client'
import t from 'tap'
import { createMetricsServer } from '../../../src/api/http/index.js'
import { createMetrics } from '../../../src/index.js'
import { clientOf } from './fixture.js'

t.test("metrics come in the Prometheus format with Node's own, from one registry", async t => {
  const metrics = createMetrics()
  let scrapes = 0
  const server = createMetricsServer({
    registry: metrics.registry,
    address: '127.0.0.1:0',
    beforeScrape: () => metrics.queueSize.set(++scrapes)
  })
  await server.start()
  t.teardown(() => server.stop())
  const call = clientOf(() => server.url)
  metrics.asks.inc({ result: 'approved' })
  const answer = await call('GET', '/metrics', { token: null })
  t.equal(answer.status, 200)
  t.match(answer.headers['content-type'], /^text\/plain; version=0\.0\.4/)
  t.match(answer.text, /^sp_approval_asks_total\{result="approved"\} 1$/m)
  t.match(answer.text, /^sp_approval_queue_size 1$/m)
  t.match(answer.text, /^process_cpu_user_seconds_total /m)
  t.equal((await register.getMetricsAsArray()).length, 0, 'the global registry stays empty')
  t.match((await call('GET', '/metrics', { token: null })).text, /^sp_approval_queue_size 2$/m)
  t.equal((await call('HEAD', '/metrics', { token: null })).status, 200)
})

t.test('the metrics port serves nothing else, and no page of a stranger', async t => {
  const server = createMetricsServer({ registry: new Registry(), address: '127.0.0.1:0' })
  await server.start()
  t.teardown(() => server.stop())
  const call = clientOf(() => server.url)
  t.match((await call('GET', '/api/v1/node', { token: null })).body, { status: 404, code: 'ERR_NO_SUCH_ROUTE' })
  const posted = await call('POST', '/metrics', { token: null })
  t.match([posted.status, posted.headers.allow, posted.body.code], [405, /GET/, 'ERR_METHOD_NOT_ALLOWED'])
  t.equal((await call('GET', '/metrics', { token: null, headers: { host: 'evil.example' } })).status, 403)
  t.throws(() => createMetricsServer({ registry: new Registry(), address: 'nowhere' }), {
    code: 'ERR_INVALID_ARGUMENT'
  })
})

t.test('it starts again on the same registry', async t => {
  const server = createMetricsServer({ registry: new Registry(), address: '127.0.0.1:0' })
  for (let round = 0; round < 2; round++) {
    await server.start()
    const answer = await clientOf(() => server.url)('GET', '/metrics', { token: null })
    t.match(answer.text, /nodejs_version_info/)
    await server.stop()
  }
  t.throws(() => server.url, { code: 'ERR_NOT_RUNNING' })
})

t.test('a scrape that fails answers 500 as a problem', async t => {
  const server = createMetricsServer({
    registry: new Registry(),
    address: '127.0.0.1:0',
    beforeScrape: () => Promise.reject(new Error('gauge of a secret'))
  })
  await server.start()
  t.teardown(() => server.stop())
  const answer = await clientOf(() => server.url)('GET', '/metrics', { token: null })
  t.match(answer.body, { status: 500, code: 'ERR_INTERNAL' })
  t.notMatch(answer.text, /secret/)
})

t.test('docs/METRICS.md is current: node scripts/metrics-doc.js --write', async t => {
  const page = readFileSync(new URL('../../../../docs/METRICS.md', import.meta.url), 'utf8')
  t.equal(page, execFileSync(process.execPath, [join(process.cwd(), 'scripts/metrics-doc.js')], { encoding: 'utf8' }))
})
