import t from 'tap'
import { createKey, peerIdOf } from '../../../src/index.js'
import { until } from '../../support/awaited.js'
import { startFixture } from './fixture.js'

const fixture = await startFixture(3)
const { call, network, module } = fixture
t.teardown(() => fixture.stop())
const [self, second, third] = network.sps
const secondId = second?.module.overview().peerId ?? ''
const thirdId = third?.module.overview().peerId ?? ''
const stranger = peerIdOf(createKey())

t.test('a node is shown with what it has shown of itself', async t => {
  const { body, status } = await call('GET', `/api/v1/peers/${secondId}`)
  t.equal(status, 200)
  t.match(body, {
    peerId: secondId,
    sp: second?.address,
    self: false,
    state: 'verified',
    standing: 'verified',
    tied: true,
    proven: false,
    blocked: false,
    source: 'registry',
    connected: true,
    firstSeen: Number,
    failures: 0,
    lastError: null,
    dial: { state: 'not-planned', reason: 'connected', nextTryMs: null }
  })
  const { addresses, addressDetails } = body as { addresses: string[]; addressDetails: { address: string }[] }
  t.strictSame(
    addressDetails.map(({ address }) => address),
    addresses,
    'the same addresses in the same order'
  )
})

t.test('the five states are a filter', async t => {
  const counts = await Promise.all(
    ['hint', 'claimed', 'verified', 'failing', 'zombie'].map(async state => {
      const { body } = await call('GET', `/api/v1/peers?state=${state}`)
      return (body.peers as { state: string; self: boolean }[]).filter(peer => peer.state === state && !peer.self)
        .length
    })
  )
  t.strictSame(counts, [0, 0, 2, 0, 0])
})

t.test('a ping tells the round trip, and a series of them each', async t => {
  const one = await call('POST', `/api/v1/peers/${secondId}/ping`)
  t.equal(one.status, 200, one.text)
  t.match(one.body, { peerId: secondId, sent: 1, received: 1, pings: [{ error: null }] })
  const [ping] = one.body.pings as { rttMs: number }[]
  t.ok((ping?.rttMs ?? -1) >= 0 && (ping?.rttMs ?? 9_999) < 5_000, `${ping?.rttMs} ms`)
  const two = await call('POST', `/api/v1/peers/${thirdId}/ping?count=2`)
  t.match(two.body, { sent: 2, received: 2 })
})

t.test('an SP shows its nodes and how it fared in our asks', async t => {
  const before = await call('GET', `/api/v1/sps/${second?.address}`)
  t.match(before.body, {
    reachable: true,
    peers: 1,
    connected: 1,
    verified: 1,
    lastSeen: Number,
    fairness: { asked: 0, answered: 0, accepted: 0, lastAsked: null, lastAnswer: null }
  })
  await module.handleReplicatePieceApproval(network.task(), { min: 2, max: 2, timeoutMs: 5_000 })
  const after = await call('GET', `/api/v1/sps/${second?.address}`)
  t.match(after.body, { fairness: { asked: 1, answered: 1, accepted: 1, lastAsked: Number, lastAnswer: Number } })
})

t.test('a node that is added is dialled, told of when it fails, pinged in vain, and removed', async t => {
  const added = await call('POST', '/api/v1/peers', { body: { entry: `${stranger}@127.0.0.1:1` } })
  t.equal(added.status, 201, added.text)
  t.equal(added.headers.location, `/api/v1/peers/${stranger}`)
  t.match(added.body, { peerId: stranger, sp: null, state: 'hint', source: 'operator' })
  const ping = await call('POST', `/api/v1/peers/${stranger}/ping`)
  t.equal(ping.status, 503)
  t.match(ping.body, { code: 'ERR_UNREACHABLE', detail: new RegExp(`ping ${stranger}: `) })
  const removed = await call('DELETE', `/api/v1/peers/${stranger}`)
  t.strictSame(removed.body, { peerId: stranger, removed: true, named: false })
  t.equal((await call('GET', `/api/v1/peers/${stranger}`)).status, 404)
  const named = await call('DELETE', `/api/v1/peers/${thirdId}`)
  t.strictSame(named.body, { peerId: thirdId, removed: true, named: true }, 'the list names it')
})

t.test('a blocked node is hung up on, and let in again afterwards', async t => {
  t.strictSame((await call('PUT', `/api/v1/peers/${secondId}/block`)).body, { peerId: secondId, blocked: true })
  const isGone = async () => (await call('GET', `/api/v1/peers/${secondId}`)).body.connected === false
  await until(isGone, 'its connection to close')
  t.match((await call('GET', `/api/v1/peers/${secondId}`)).body, { blocked: true, connected: false })
  const away = await call('GET', '/api/v1/doctor')
  t.match(away.body, { ok: false, findings: Array })
  const findings = away.body.findings as { check: string; what: string; todo?: string }[]
  t.match(
    findings.find(({ check }) => check === 'sp-reachable'),
    { what: `${second?.address}: an operator of this node blocked it`, todo: `diagnose(${second?.address})` }
  )
  t.strictSame((await call('DELETE', `/api/v1/peers/${secondId}/block`)).body, { peerId: secondId, blocked: false })
  await module.waitForSps(2)
  t.equal((await call('DELETE', `/api/v1/peers/${secondId}/block`)).status, 404, 'it is not blocked any more')
})

t.test('the doctor finds a sound node sound, and the way to each SP', async t => {
  const sound = await call('GET', '/api/v1/doctor')
  const bad = (sound.body.findings as { verdict: string }[]).filter(({ verdict }) => verdict === 'fail')
  t.strictSame(bad, [], sound.text)
  t.match(sound.body, { ok: true })
  const way = await call('GET', `/api/v1/doctor?sp=${second?.address.toLowerCase()}`)
  t.match(way.body, { ok: true, findings: [{ check: 'sp-listed' }, { check: 'sp-reachable', verdict: 'ok' }] })
  const nobody = `0x${'11'.repeat(20)}`
  const missing = await call('GET', `/api/v1/doctor?sp=${nobody}`)
  t.match(missing.body, {
    ok: false,
    findings: [{ check: 'sp-listed', verdict: 'fail', what: /is not on the SP list/ }]
  })
  const ours = await call('GET', `/api/v1/doctor?sp=${self?.address}`)
  t.match(ours.body, { findings: [{}, { what: 'it is this SP itself' }] })
})

t.test('the doctor tells that another peer id answers at an address', async t => {
  const address = second?.module.overview().addresses[0] ?? ''
  const [, , host, , port] = address.split('/')
  await call('POST', '/api/v1/peers', { body: { entry: `${stranger}@${host}:${port}` } })
  t.teardown(() => module.removePeer(stranger))
  const isTried = async () => (await call('GET', `/api/v1/peers/${stranger}`)).body.lastError !== null
  await until(isTried, 'its dial to fail')
  const { body } = await call('GET', '/api/v1/doctor')
  t.match(
    (body.findings as { check: string }[]).find(({ check }) => check === 'bootstrap'),
    { verdict: 'warn', what: new RegExp(`${stranger}, added by an operator: another peer id answers there`) }
  )
})
