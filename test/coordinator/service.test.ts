import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { createCoordinator } from '../../src/coordinator/index.js'
import { silentLogger } from '../../src/index.js'
import { fakeClock } from '../../src/testing/fake-clock.js'
import { keyOf, node } from '../chain/entries.js'
import { addressOf, COORDINATOR_KEY, folderOf, joinOf, request, running, stateOf, TOKEN } from './harness.js'

t.test('a restart keeps list, serials, sequence and height, and gives everyone a whole lease', async t => {
  const clock = fakeClock()
  const first = await running(t, { clock, blockTimeMs: 1_000 })
  const old = joinOf(1, first.coordinator, clock)
  await request(`${first.url}/v1/join`, old)
  await request(`${first.url}/v1/join`, joinOf(2, first.coordinator, clock))
  const before = await stateOf(first.url)
  await first.coordinator.stop()
  await clock.advance(120_000)
  const second = await running(t, { clock, dataDir: first.dataDir })
  const after = await stateOf(second.url)
  t.equal(after.sequence, before.sequence)
  t.strictSame(after.entries, before.entries, 'our own outage counts against nobody')
  t.equal(after.height, '120')
  t.match(await request(`${second.url}/v1/join`, { ...old, time: clock.now() }), { status: 401 })
  const replayed = joinOf(1, second.coordinator, clock, { serial: old.serial })
  t.match(await request(`${second.url}/v1/join`, replayed), { status: 409, body: { reason: 'serial' } })
  t.equal((await stat(join(first.dataDir, 'coordinator.json'))).mode & 0o777, 0o600)
  await second.coordinator.stop()
  t.equal((await second.coordinator.start()).url.startsWith('http://127.0.0.1:'), true, 'and it starts again')
})

t.test('another network, genesis or block time in the same data folder is refused', async t => {
  const clock = fakeClock()
  const { coordinator, dataDir } = await running(t, { clock })
  await coordinator.stop()
  const base = { network: 'local', dataDir, key: COORDINATOR_KEY, open: true, clock }
  for (const [options, message] of [
    [{ network: 'other' }, /network: expected local as in the data folder, got other/],
    [{ genesis: 5 }, /genesis: expected \d+ as in the data folder, got 5/],
    [{ blockTimeMs: 1_000 }, /block time: expected 2000 as in the data folder, got 1000/]
  ] as const) {
    await t.rejects(createCoordinator({ ...base, ...options }).start(), { code: 'ERR_STORE_STALE', message })
  }
})

t.test('a damaged list file stops the start and is left as it is', async t => {
  const dataDir = await folderOf(t)
  for (const damage of ['', '{', '{"version":2}', '{"version":1,"network":"local","sequence":"1","members":[{}]}']) {
    await writeFile(join(dataDir, 'coordinator.json'), damage)
    const coordinator = createCoordinator({ network: 'local', dataDir, key: COORDINATOR_KEY, open: true })
    await t.rejects(coordinator.start(), { code: 'ERR_STORE_CORRUPT', message: /coordinator\.json: expected the file/ })
    t.equal(await readFile(join(dataDir, 'coordinator.json'), 'utf8'), damage)
  }
})

t.test('a join that cannot be written is not acknowledged, and the list is served on', async t => {
  const clock = fakeClock()
  const logged: string[] = []
  const logger = { ...silentLogger, error: (fields: object) => void logged.push(JSON.stringify(fields)) }
  const { coordinator, url, dataDir } = await running(t, { clock, leaseMs: 30_000, logger })
  await request(`${url}/v1/join`, joinOf(1, coordinator, clock))
  await mkdir(join(dataDir, 'coordinator.json.tmp', 'in the way'), { recursive: true })
  await clock.advance(1_000)
  for (let round = 0; round < 2; round++) {
    t.match(await request(`${url}/v1/join`, joinOf(2, coordinator, clock)), {
      status: 503,
      body: { code: 'ERR_STORE_IO', detail: 'the list cannot be written', hint: "the coordinator's log says why" }
    })
  }
  const health = await request(`${url}/-/healthy`)
  t.strictSame([health.status, health.body], [503, { status: 'failing' }], 'anybody may ask')
  t.match(logged, [/coordinator\.json: the list cannot be written: .*EISDIR/], 'the operator is told why, once')
  t.equal(logged.length, 1)
  await clock.advance(40_000)
  t.match(await stateOf(url), { entries: [{ operatorAddress: addressOf(1) }] })
  await rm(join(dataDir, 'coordinator.json.tmp'), { recursive: true })
  t.equal((await request(`${url}/v1/join`, joinOf(2, coordinator, clock))).status, 200)
  t.match(await request(`${url}/-/healthy`), { status: 200, body: { status: 'ok' } })
})

t.test('its operator sets a status, removes and restores an SP; nobody else does', async t => {
  const clock = fakeClock()
  const adminToken = 'an-admin-token-for-tests'
  const { coordinator, url } = await running(t, { clock, adminToken })
  await request(`${url}/v1/join`, joinOf(1, coordinator, clock))
  const one = `${url}/v1/sps/${addressOf(1).toLowerCase()}`
  const status = { status: 'IN_JAILED' }
  t.match(await request(`${one}/status`, status, { method: 'PUT' }), { status: 401, body: { reason: 'unauthorized' } })
  t.match(await request(`${one}/status`, status, { method: 'PUT', token: 'wrong' }), { status: 401 })
  t.match(await request(one, undefined, { method: 'DELETE', token: TOKEN }), { status: 401 })
  t.equal((await request(`${one}/status`, status, { method: 'PUT', token: adminToken })).status, 204)
  t.match(await stateOf(url), { sequence: '2', entries: [{ status: 'IN_JAILED' }] })
  t.match(await request(`${one}/status`, { status: 'X' }, { method: 'PUT', token: adminToken }), {
    status: 400,
    body: { detail: /status: expected one of IN_SERVICE, .*, got "X"/ }
  })
  await clock.advance(1_000)
  await request(`${url}/v1/join`, joinOf(1, coordinator, clock))
  t.match(await stateOf(url), { entries: [{ status: 'IN_JAILED' }] }, 'a join does not free a jailed SP')
  t.equal((await request(one, undefined, { method: 'DELETE', token: adminToken })).status, 204)
  t.strictSame((await stateOf(url)).entries, [])
  await clock.advance(1_000)
  t.match(await request(`${url}/v1/join`, joinOf(1, coordinator, clock)), { status: 403, body: { reason: 'removed' } })
  t.equal((await request(`${url}/v1/join`, joinOf(2, coordinator, clock, { nodes: [node(1)] }))).status, 200)
  t.equal((await request(`${one}/restore`, {}, { token: adminToken })).status, 204)
  await clock.advance(1_000)
  t.equal((await request(`${url}/v1/join`, joinOf(1, coordinator, clock, { nodes: [node(6)] }))).status, 200)
  await coordinator.setStatus(addressOf(1), 'IN_SERVICE')
  t.match(coordinator.entries().find(entry => entry.operatorAddress === addressOf(1))?.status, 'IN_SERVICE')
  await t.rejects(coordinator.remove(addressOf(5)), { code: 'ERR_NOT_FOUND' })
})

t.test('without an admin token there are no commands', async t => {
  const { url } = await running(t)
  t.match(await request(`${url}/v1/sps/${addressOf(1)}`, undefined, { method: 'DELETE', token: TOKEN }), {
    status: 401,
    body: { detail: /expected a coordinator with an admin token/ }
  })
})

t.test('one address cannot flood it', async t => {
  const clock = fakeClock()
  const { coordinator, url } = await running(t, { clock })
  const answers = await Promise.all(Array.from({ length: 320 }, () => request(`${url}/v1/join`, {})))
  t.equal(answers.filter(answer => answer.status === 400).length, 300)
  t.match(answers.at(-1), { status: 429, body: { reason: 'rate' } })
  t.equal((await request(`${url}/v1/state`)).status, 200, 'reads have a limit of their own')
  await clock.advance(1_000)
  t.equal((await request(`${url}/v1/join`, joinOf(1, coordinator, clock))).status, 200)
})

t.test('info and unknown routes', async t => {
  const { coordinator, url } = await running(t, { genesis: 1_000, blockTimeMs: 500 })
  t.match(await request(`${url}/v1/info`), {
    status: 200,
    body: {
      network: 'local',
      publicKey: coordinator.publicKey,
      genesis: 1_000,
      blockTimeMs: 500,
      admission: 'allow-list',
      sps: 0
    }
  })
  t.match(await request(`${url}/nowhere`), { status: 404, type: /problem/, body: { code: 'ERR_NO_SUCH_ROUTE' } })
  t.match(await request(`${url}/v1/info`, {}), { status: 405, type: /problem/, body: { detail: /expected GET, HEAD/ } })
  t.match(await request(`${url}/v1/%zz`), { status: 400, type: /problem/, body: { code: 'ERR_BAD_REQUEST' } })
})

t.test('options that are wrong are refused before anything is written', async t => {
  const dataDir = await folderOf(t)
  const base = { network: 'local', dataDir, key: COORDINATOR_KEY }
  t.throws(() => createCoordinator(base), { message: /expected an allow-list, a join token or open = true, got none/ })
  t.throws(() => createCoordinator({ ...base, joinTokens: ['short'] }), { message: /join token: expected at least 16/ })
  t.throws(() => createCoordinator({ ...base, allow: ['0x1'] }), { message: /allow\[0\]: expected an address/ })
  t.throws(() => createCoordinator({ ...base, open: true, network: '' }), { message: /network: expected/ })
  t.throws(() => createCoordinator({ ...base, open: true, key: new Uint8Array(31) }), { message: /key: expected/ })
  t.throws(() => createCoordinator({ ...base, open: true, key: keyOf(0) }), { message: /key: expected/ })
  t.throws(() => createCoordinator({ ...base, open: true, listen: '9000' }), { message: /listen: expected HOST:PORT/ })
  t.throws(() => createCoordinator({ ...base, open: true, leaseMs: 5 }), {
    message: /leaseMs: expected a whole number/
  })
  t.throws(() => createCoordinator({ ...base, open: true, adminToken: 'x' }), { message: /admin token: expected/ })
  const { coordinator, url } = await running(t)
  const taken = createCoordinator({ ...base, open: true, listen: new URL(url).host })
  await t.rejects(taken.start(), {
    code: 'ERR_UNREACHABLE',
    message: /expected to listen on 127\.0\.0\.1:\d+, got .*EADDRINUSE/
  })
  await coordinator.stop()
})
