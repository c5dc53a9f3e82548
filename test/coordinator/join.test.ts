import t from 'tap'
import { fakeClock } from '../../src/testing/fake-clock.js'
import { keyOf, node } from '../chain/entries.js'
import { addressOf, joinOf, leaveOf, request, running, stateOf, TOKEN } from './harness.js'

t.test('a signed join puts an SP on the list and a later one changes its entry', async t => {
  const clock = fakeClock()
  const { coordinator, url } = await running(t, { clock })
  t.match(await request(`${url}/v1/join`, joinOf(1, coordinator, clock)), { status: 200, body: { leaseMs: 60_000 } })
  t.match(await stateOf(url), {
    sequence: '1',
    entries: [{ operatorAddress: addressOf(1), status: 'IN_SERVICE', reachable: true, nodes: [node(1)] }]
  })
  await clock.advance(1_000)
  await request(`${url}/v1/join`, joinOf(1, coordinator, clock))
  t.equal((await stateOf(url)).sequence, '1', 'a renewal changes nothing that is served')
  await clock.advance(1_000)
  await request(`${url}/v1/join`, joinOf(1, coordinator, clock, { nodes: [node(6)] }))
  t.match((await stateOf(url)).entries[0]?.nodes, [node(1), node(6)], 'another node of the SP joins it')
  await clock.advance(1_000)
  await request(`${url}/v1/join`, joinOf(1, coordinator, clock, { nodes: [node(7)], replace: true }))
  t.strictSame((await stateOf(url)).entries[0]?.nodes, [node(7)])
})

t.test('a join that is not what it must be is refused with one line, and changes nothing', async t => {
  const clock = fakeClock()
  const { coordinator, url } = await running(t, { clock, joinTokens: [TOKEN] })
  await request(`${url}/v1/join`, joinOf(1, coordinator, clock))
  await clock.advance(1_000)
  const join = (n: number, fields = {}, key = keyOf(n)) => joinOf(n, coordinator, clock, fields, key)
  const { signature, ...unsigned } = join(2)
  const cases: [unknown, number, string | undefined, RegExp][] = [
    [join(2, {}, keyOf(3)), 401, 'signature', /expected one of the operator key of 0x\w{40}, got one of 0x/],
    [{ ...unsigned, signature: `0x${'0'.repeat(130)}` }, 401, 'signature', /got no valid signature/],
    [{ ...join(2), endpoint: 'http://elsewhere' }, 401, 'signature', /expected one of the operator key/],
    [{ ...join(2), nodes: [node(3)] }, 401, 'signature', /expected one of the operator key/],
    [{ ...join(2), serial: clock.now() + 1 }, 401, 'signature', /expected one of the operator key/],
    [{ ...join(2), replace: true }, 401, 'signature', /expected one of the operator key/],
    [join(2, { network: 'other' }), 409, 'network', /network: expected local, got other/],
    [join(2, { coordinator: '02'.padEnd(66, '1') }), 409, 'network', /coordinator: expected 0[23]/],
    [
      join(2, { time: clock.now() + 121_000 }),
      409,
      'clock',
      /at most 120 s apart, got 121 s from the coordinator's clock/
    ],
    [join(2, { time: clock.now() - 121_000 }), 409, 'clock', /got -121 s/],
    [join(2, { serial: Number.MAX_SAFE_INTEGER }), 409, 'serial', /at most a day ahead/],
    [join(1, { serial: clock.now() - 1_000 }), 409, 'serial', /serial: expected one above \d+, got \d+/],
    [join(6), 403, 'not-admitted', /expected one on the allow-list or a good join token/],
    [{ ...join(6), joinToken: `${TOKEN}x` }, 403, 'not-admitted', /join token/],
    [join(2, { nodes: [node(1)] }), 409, 'peer-taken', /expected one that no other SP names, SP 0x\w{40} does/],
    [join(2, { nodes: [] }), 400, undefined, /body\.nodes: expected a list of 1 to 32, got an array of 0/],
    [join(2, { nodes: [node(2), node(2)] }), 400, undefined, /join\.nodes: expected each peer id once/],
    [
      join(2, { nodes: [{ peerId: 'x', addresses: [] }] }),
      400,
      undefined,
      /join\.nodes\[0\]\.peerId: expected a libp2p/
    ],
    [join(2, { nodes: [{ ...node(2), addresses: ['x'] }] }), 400, undefined, /addresses\[0\]: expected a multiaddr/],
    [{ ...join(2), serial: '1' }, 400, undefined, /body\.serial: expected an integer from 1 to \d+, got "1"/],
    [
      { ...join(2), more: 1 },
      400,
      undefined,
      /body\.more: expected one of the known fields \(network, .*\), got "more"/
    ],
    [{ ...join(2), signature: '0x1' }, 400, undefined, /body\.signature: expected 65 bytes in hex with 0x, got "0x1"/],
    [unsigned, 400, undefined, /body\.signature: expected 65 bytes .*, got nothing/],
    ['{', 400, undefined, /body: expected JSON, got text that is none/],
    [{ ...join(2), endpoint: 'x'.repeat(70_000) }, 413, undefined, /body: expected at most 64 KiB, got more/]
  ]
  for (const [body, status, reason, detail] of cases) {
    const answer = await request(`${url}/v1/join`, body)
    t.match(answer, { status, type: /^application\/problem\+json/, body: { status, detail, code: /^ERR_/ } })
    t.equal(answer.body.reason, reason)
    t.notMatch(answer.body.detail, /\n/)
  }
  t.match(await stateOf(url), { sequence: '1', entries: [{ operatorAddress: addressOf(1) }] })
  t.equal((await request(`${url}/v1/join`, { ...join(6), joinToken: TOKEN })).status, 200)
})

t.test('a client that has the list is sent the rest only', async t => {
  const clock = fakeClock()
  const { coordinator, url } = await running(t, { clock })
  await request(`${url}/v1/join`, joinOf(1, coordinator, clock))
  const payload = async (known: string) =>
    JSON.parse(String((await request(`${url}/v1/state?known=${known}`)).body.payload))
  t.match(await payload('0'), { sequence: '1', entries: [{ operatorAddress: addressOf(1) }] })
  t.strictSame(Object.keys(await payload('1')), [
    'type',
    'version',
    'network',
    'sequence',
    'time',
    'height',
    'blockTimeMs',
    'epoch',
    'joinVersion'
  ])
  t.match(await request(`${url}/v1/state?known=-1`), {
    status: 400,
    body: { detail: /query\.known: expected a sequence of at most 20 digits, got "-1"/ }
  })
})

t.test('the same join twice counts once, and a refusal tells the serial to go on from', async t => {
  const clock = fakeClock()
  const { coordinator, url } = await running(t, { clock })
  const join = joinOf(1, coordinator, clock)
  const answers = await Promise.all([request(`${url}/v1/join`, join), request(`${url}/v1/join`, join)])
  t.strictSame(answers.map(answer => answer.status).sort(), [200, 409])
  t.match(answers.find(answer => answer.status === 409)?.body, { reason: 'serial', lastSerial: join.serial })
})

t.test('a lease that runs out marks an SP unreachable and removes nothing', async t => {
  const clock = fakeClock()
  const { coordinator, url } = await running(t, { clock, leaseMs: 30_000 })
  await request(`${url}/v1/join`, joinOf(1, coordinator, clock))
  await clock.advance(20_000)
  await request(`${url}/v1/join`, joinOf(2, coordinator, clock))
  await clock.advance(10_001)
  const state = await stateOf(url)
  t.match(state, { sequence: '3', entries: [{ reachable: false, nodes: [node(1)] }, { reachable: true }] })
  await request(`${url}/v1/join`, joinOf(1, coordinator, clock))
  t.match(await stateOf(url), { sequence: '4', entries: [{ reachable: true }, { reachable: true }] })
})

t.test('an SP leaves with its signature only, node by node or as a whole', async t => {
  const clock = fakeClock()
  const { coordinator, url } = await running(t, { clock })
  await request(`${url}/v1/join`, joinOf(1, coordinator, clock, { nodes: [node(1), node(6)] }))
  const leave = async (fields = {}) => {
    await clock.advance(1_000)
    return request(`${url}/v1/leave`, { ...leaveOf(1, coordinator, clock), ...fields })
  }
  t.match(await leave({ serial: clock.now() + 5_000 }), { status: 401, body: { reason: 'signature' } })
  await clock.advance(1_000)
  const one = leaveOf(1, coordinator, clock, { peerIds: [node(1).peerId] })
  t.equal((await request(`${url}/v1/leave`, one)).status, 204)
  t.match(await request(`${url}/v1/leave`, one), { status: 409, body: { reason: 'serial' } })
  t.strictSame((await stateOf(url)).entries[0]?.nodes, [node(6)])
  t.equal((await leave()).status, 204)
  t.strictSame((await stateOf(url)).entries, [])
  await clock.advance(1_000)
  t.match(await request(`${url}/v1/leave`, leaveOf(2, coordinator, clock)), { status: 404 })
  t.equal((await request(`${url}/v1/join`, joinOf(1, coordinator, clock))).status, 200, 'and may come back')
  t.strictSame((await stateOf(url)).entries[0]?.nodes, [node(1)], 'with the nodes it names then')
})

t.test('an SP has at most 32 nodes; one without a lease makes room', async t => {
  const clock = fakeClock()
  const { coordinator, url } = await running(t, { clock, leaseMs: 30_000 })
  const first = Array.from({ length: 32 }, (_, n) => node(n + 10))
  await request(`${url}/v1/join`, joinOf(1, coordinator, clock, { nodes: first }))
  await clock.advance(1_000)
  const join = () => request(`${url}/v1/join`, joinOf(1, coordinator, clock, { nodes: [node(1)] }))
  t.match(await join(), { status: 409, body: { reason: 'full', detail: /at most 32/ } })
  await clock.advance(30_000)
  t.equal((await join()).status, 200)
  const nodes = (await stateOf(url)).entries[0]?.nodes ?? []
  t.equal(nodes.length, 32)
  t.equal(nodes.at(-1)?.peerId, node(1).peerId)
})
