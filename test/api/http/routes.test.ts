import t from 'tap'
import { createHttpApi, createProbeServer } from '../../../src/api/http/index.js'
import type { AlarmKind, NodeOverview, SpApproval } from '../../../src/index.js'
import { until } from '../../support/awaited.js'
import { clientOf, inPath, newObject, startFixture, TOKEN } from './fixture.js'

const fixture = await startFixture(4)
const { call, network, module } = fixture
t.teardown(() => fixture.stop())
const [, other] = network.sps
/** The module with some of its methods replaced. */
const withParts = (parts: Partial<SpApproval>): SpApproval =>
  new Proxy(module, {
    get: (target, name) => {
      const value: unknown = Reflect.get(parts, name) ?? Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    }
  })

t.test('health says that the process lives, readiness that asks can succeed', async t => {
  t.strictSame((await call('GET', '/-/healthy', { token: null })).body, { healthy: true })
  const ready = await call('GET', '/-/ready')
  t.equal(ready.status, 200)
  t.match(ready.body, { ready: true, min: 3, reachable: 3, height: /^\d+$/ })
  const stranger = `0x${'11'.repeat(20)}`
  t.equal((await call('GET', '/-/ready?min=4')).status, 503, 'another min may be asked for')

  const entry = network.chain.entries.get(other?.address ?? ('' as never))
  network.chain.put({ ...(entry as NonNullable<typeof entry>), operatorAddress: stranger as never, nodes: [] })
  const missing = await call('GET', '/-/ready?min=4')
  t.match(missing.body, {
    code: 'ERR_NOT_READY',
    detail: 'not ready: 3 of 4 SPs reachable',
    ready: false,
    unreachable: [{ sp: stranger, status: 'IN_SERVICE' }]
  })
  network.chain.remove(stranger as never)

  network.chain.down = true
  const blind = await call('GET', '/-/ready')
  const healthy = await call('GET', '/-/healthy')
  network.chain.down = false
  t.equal(blind.status, 503)
  t.match(blind.body.detail, /no trusted height/)
  t.equal(healthy.status, 200, 'restarting the process would not help')
})

t.test('who has no token learns whether a node is ready and which checks failed, nothing else', async t => {
  const secret = '/srv/secret/disk'
  const alarm = (kind: AlarmKind) => ({ kind, message: `${secret} of ${kind}`, since: 0 })
  let overview: Partial<NodeOverview> = { alarms: [alarm('join')] }
  const troubled = withParts({
    overview: () => ({ ...module.overview(), ...overview }),
    sps: () => module.sps().map(sp => ({ ...sp, reachable: false, endpoint: `https://${secret}` }))
  })
  const api = createHttpApi({ module: troubled, address: '127.0.0.1:0', token: TOKEN, minSps: 3 })
  const probe = createProbeServer({ module: troubled, address: '127.0.0.1:0', minSps: 3 })
  for (const server of [api, probe]) {
    await server.start()
    t.teardown(() => server.stop())
  }
  const callApi = clientOf(() => api.url)
  const strangers = [
    () => callApi('GET', '/-/ready', { token: null }),
    () => callApi('GET', '/-/ready', { token: `${TOKEN}x` }),
    () => clientOf(() => probe.url)('GET', '/-/ready', { token: TOKEN })
  ]
  for (const ask of strangers) t.match(await ask(), { status: 200, text: '{"ready":true}' })
  t.match((await callApi('GET', '/-/ready')).body, { ready: true, reachable: 3, alarms: [alarm('join')] })

  const chain = { ...module.overview().chain, alarm: `${secret}: cannot be read` }
  overview = { height: undefined, chain, spsReachable: 0, alarms: [alarm('join'), alarm('store-write')] }
  for (const ask of strangers) {
    const { body } = await ask()
    t.strictSame(body, {
      type: 'urn:sp-approval:error:ERR_NOT_READY',
      title: 'Not ready',
      status: 503,
      detail: 'not ready: height; sps; store',
      code: 'ERR_NOT_READY',
      name: 'ERR_NOT_READY',
      hint: 'GET /api/v1/doctor tells why',
      requestId: body.requestId,
      ready: false,
      checks: [
        { name: 'started', ok: true },
        { name: 'height', ok: false },
        { name: 'sps', ok: false },
        { name: 'store', ok: false }
      ]
    })
  }
  t.match((await callApi('GET', '/-/ready')).body, {
    detail: `not ready: no trusted height: ${chain.alarm}; 0 of 3 SPs reachable; ${secret} of store-write`,
    checks: [{ name: 'started', ok: true, detail: 'the module is started' }],
    alarms: [alarm('join'), alarm('store-write')],
    unreachable: [{ endpoint: `https://${secret}` }]
  })
})

t.test('a node shows who it is, its configuration, bootstrap, resources and policy', async t => {
  const node = await call('GET', '/api/v1/node')
  t.match(node.body, {
    state: 'started',
    operatorAddress: network.sps[0]?.address,
    peerId: /^16Uiu2/,
    height: '1000',
    chain: { name: 'test', height: '1000', alarm: null },
    store: { kind: 'memory', state: 'ready' },
    spsReachable: 3
  })
  const bootstrap = await call('GET', '/api/v1/bootstrap')
  t.match(bootstrap.body, { nodes: [/^16Uiu2\w+@127\.0\.0\.1:\d+$/] })
  const resources = await call('GET', '/api/v1/resources')
  const [system] = resources.body.scopes as {
    name: string
    limits: { memory: number }
    usage: { tasks: number; conns: number; fds: number }
  }[]
  t.match(system, { name: 'system', limits: { memory: Number }, usage: { tasks: 0 } })
  const { conns = 0, fds = 0 } = system?.usage ?? {}
  t.ok(conns >= 3 && fds === conns, `${conns} connections, ${fds} files: at least one to each other SP`)
  const policy = await call('GET', '/api/v1/policy')
  t.match(policy.body, { rules: [{ rule: String, text: String }] })
  t.equal((await call('GET', '/api/v1/config')).status, 501, 'started without')

  const api = createHttpApi({
    module,
    address: '127.0.0.1:0',
    token: TOKEN,
    config: () => ({ P2P: { P2PPrivateKey: '***', P2PPingPeriod: 1 }, Chain: { MinLife: 100n } })
  })
  await api.start()
  t.teardown(() => api.stop())
  const config = await clientOf(() => api.url)('GET', '/api/v1/config')
  t.strictSame(config.body, { P2P: { P2PPrivateKey: '***', P2PPingPeriod: 1 }, Chain: { MinLife: '100' } })
})

t.test('an alarm stands in the node, in readiness, doctor and metrics until it is over', async t => {
  const inForce = async () => (await module.metrics.alarm.get()).values.map(({ labels, value }) => [labels.kind, value])
  module.alarms.raise('join', 'the coordinator does not answer')
  const alarms = [{ kind: 'join', message: 'the coordinator does not answer', since: Number }]
  t.match((await call('GET', '/api/v1/node')).body.alarms, alarms)
  t.match((await call('GET', '/-/ready')).body, { ready: true, alarms })
  t.match((await call('GET', '/-/ready?min=100')).body, { ready: false, alarms })
  const { findings } = (await call('GET', '/api/v1/doctor')).body as { findings: { check: string }[] }
  t.match(
    findings.filter(({ check }) => check === 'alarm'),
    [{ verdict: 'warn', what: /the coordinator does not answer \(since / }]
  )
  await until(async () => (await inForce()).length === 1, 'the sweep of each second to show the alarm')
  t.strictSame(await inForce(), [['join', 1]])
  module.alarms.clear('join')
  t.match((await call('GET', '/-/ready')).body, { ready: true, alarms: [] })
  await until(async () => (await inForce()).length === 0, 'the sweep of each second to show none')
})

t.test('nodes come page by page, each once', async t => {
  const all = await call('GET', '/api/v1/peers')
  t.match(all.body, { total: 3, nextCursor: null }, 'those of the other three')
  const seen: unknown[] = []
  for (let cursor: unknown = ''; cursor !== null; ) {
    const page = await call('GET', `/api/v1/peers?limit=1${cursor === '' ? '' : `&cursor=${String(cursor)}`}`)
    seen.push(...(page.body.peers as unknown[]))
    cursor = page.body.nextCursor
  }
  const ids = (peers: unknown) => (peers as { peerId: string }[]).map(({ peerId }) => peerId)
  t.strictSame(ids(seen), ids(all.body.peers))
  const one = await call('GET', `/api/v1/peers?sp=${other?.address.slice(2).toLowerCase()}&state=verified`)
  t.match(one.body, { total: 1, peers: [{ sp: other?.address, connected: true }] })
})

t.test('SPs are found by any spelling of their address', async t => {
  const list = await call('GET', '/api/v1/sps')
  t.equal((list.body.sps as unknown[]).length, 4)
  const address = other?.address ?? ''
  for (const spelling of [address, address.toLowerCase(), address.slice(2), `0X${address.slice(2).toUpperCase()}`]) {
    const sp = await call('GET', `/api/v1/sps/${spelling}`)
    t.match(
      sp.body,
      { operatorAddress: address, self: false, reachable: true, peers: 1, status: 'IN_SERVICE' },
      spelling
    )
  }
  network.chain.down = true
  const down = await call('GET', '/api/v1/sps')
  network.chain.down = false
  t.equal(down.status, 503)
  t.match(down.body, { code: 'ERR_CHAIN_UNAVAILABLE' })
})

t.test('grants are listed, shown with their bytes, released and consumed', async t => {
  const granter = network.modules[1]
  if (granter === undefined) throw new RangeError('expected a second SP')
  const api = createHttpApi({ module: granter, address: '127.0.0.1:0', token: TOKEN })
  await api.start()
  t.teardown(() => api.stop())
  const callGranter = clientOf(() => api.url)
  const objects = [newObject(), newObject()]
  for (const object of objects) {
    const asked = await call('POST', '/api/v1/asks?wait=10s', { body: { object, min: 3, max: 3 } })
    t.equal(asked.status, 200, asked.text)
  }
  const asker = network.sps[0]?.address ?? ''
  const list = await callGranter('GET', `/api/v1/grants?state=live&asker=${asker.toLowerCase()}`)
  t.equal(list.body.total, 2, list.text)
  const [first, second] = list.body.grants as { key: string; reservedBytes: string }[]
  t.match(first, { key: /^0x\w+\/\d+$/, asker, reservedBytes: '262144', expiredHeight: '1900', state: 'live' })
  const grant = await callGranter('GET', `/api/v1/grants/${inPath(first?.key ?? '')}`)
  t.match(grant.body, { key: first?.key, wire: '0.0.1', createTime: /^\d{10}$/ })
  t.match(grant.body, { fingerprint: /^[0-9a-f]{64}$/, answer: /^[A-Za-z0-9+/]+=*$/ })
  const released = await callGranter('POST', `/api/v1/grants/${inPath(first?.key ?? '')}/release`)
  t.match(released.body, { key: first?.key, state: 'released' })
  const consumed = await callGranter('POST', `/api/v1/grants/${inPath(second?.key ?? '')}/consume`)
  t.match(consumed.body, { key: second?.key, state: 'consumed' })
  t.equal((await callGranter('GET', '/api/v1/grants?state=live')).body.total, 0)
})

t.test('the policy explains itself without answering', async t => {
  const body = { object: newObject(), asker: other?.address.toLowerCase() }
  const fine = await call('POST', '/api/v1/policy/explain', { body })
  t.match(fine.body, { outcome: 'approve', rule: String, reason: String, asker: other?.address })
  const task = {
    object_info: { bucket_name: 'b', object_name: 'o', id: '9', payload_size: '1' },
    ask_sp_operator_address: other?.address
  }
  const whole = await call('POST', '/api/v1/policy/explain', { body: { task } })
  t.equal(whole.status, 200, whole.text)
  t.equal((await module.grants()).length, 0)
})

t.test("the operator's decisions reach the module", async t => {
  const called: string[] = []
  const decisions: Partial<SpApproval> = {
    confirmList: () => void called.push('list'),
    resetHeight: () => void called.push('height'),
    acceptLoss: async () => void called.push('loss')
  }
  const api = createHttpApi({ module: withParts(decisions), address: '127.0.0.1:0', token: TOKEN })
  await api.start()
  t.teardown(() => api.stop())
  const callAdmin = clientOf(() => api.url)
  t.match((await callAdmin('POST', '/api/v1/chain/confirm-list')).body, { name: 'test', height: '1000' })
  t.match((await callAdmin('POST', '/api/v1/chain/reset-height', { body: '' })).body, { name: 'test' })
  const reset = await callAdmin('POST', '/api/v1/grants/reset', { body: { acceptLoss: true } })
  t.match(reset.body, { store: { state: 'ready' } })
  t.strictSame(called, ['list', 'height', 'loss'])
  t.match(await call('POST', '/api/v1/chain/confirm-list'), {
    status: 501,
    body: { detail: 'confirm list: this node was started without a chain connector that can do it' }
  })
})
