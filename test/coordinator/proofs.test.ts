import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { privateKeyFromRaw } from '@libp2p/crypto/keys'
import t from 'tap'
import { type Join, type NodeProof, nodeBytes } from '../../src/chain/coordinator/messages.js'
import type { Coordinator } from '../../src/coordinator/index.js'
import type { Clock } from '../../src/kit/clock.js'
import { fakeClock } from '../../src/testing/fake-clock.js'
import { keyOf, node } from '../chain/entries.js'
import { addressOf, clientOf, joinOf, request, running, stateOf } from './harness.js'

const prove = (n: number) => async (message: Uint8Array) => await privateKeyFromRaw(keyOf(100 + n)).sign(message)

/** A join of SP `sp` with the n-th node and a proof, by default that of the node's own key for this very join. */
async function provenJoin(sp: number, n: number, coordinator: Coordinator, clock: Clock, options: Options = {}) {
  const { key = n, operatorAddress = addressOf(sp), fields = {} } = options
  const about = { network: 'local', coordinator: coordinator.publicKey, operatorAddress, time: clock.now(), ...fields }
  const signature = await prove(key)(nodeBytes(about, node(n).peerId))
  const proofs: NodeProof[] = [{ peerId: node(n).peerId, signature: `0x${Buffer.from(signature).toString('hex')}` }]
  return joinOf(sp, coordinator, clock, { nodes: [node(n)], proofs, ...fields })
}

interface Options {
  readonly key?: number
  readonly operatorAddress?: string
  readonly fields?: Partial<Join>
}

const listed = async (url: string) =>
  Object.fromEntries(
    (await stateOf(url)).entries.map(entry => [entry.operatorAddress, entry.nodes.map(({ peerId }) => peerId)])
  )

t.test('an SP that names the node of another loses it to the SP for which the node itself signs', async t => {
  const clock = fakeClock()
  const { coordinator, url } = await running(t, { clock })
  const post = (body: unknown) => request(`${url}/v1/join`, body)
  t.match(await post(joinOf(2, coordinator, clock, { nodes: [node(1), node(2)] })), { status: 200 })
  await clock.advance(1_000)
  t.match(await post(joinOf(1, coordinator, clock)), { status: 409, body: { reason: 'peer-taken' } })
  await clock.advance(1_000)
  t.match(await post(await provenJoin(1, 1, coordinator, clock)), { status: 200 })
  t.strictSame(await listed(url), { [addressOf(2)]: [node(2).peerId], [addressOf(1)]: [node(1).peerId] })
  await clock.advance(1_000)
  t.match(await post(joinOf(2, coordinator, clock, { nodes: [node(1)] })), {
    status: 409,
    body: { reason: 'peer-taken' }
  })
  await clock.advance(1_000)
  t.match(await post(joinOf(1, coordinator, clock)), { status: 200 }, 'a renewal without a proof keeps what was proven')
  await clock.advance(1_000)
  t.match(await post(joinOf(2, coordinator, clock, { nodes: [node(1)] })), { status: 409 })
})

t.test('an SP that named nothing but the node of another is off the list then', async t => {
  const clock = fakeClock()
  const { coordinator, url } = await running(t, { clock })
  await request(`${url}/v1/join`, joinOf(2, coordinator, clock, { nodes: [node(1)] }))
  await clock.advance(1_000)
  await request(`${url}/v1/join`, await provenJoin(1, 1, coordinator, clock))
  t.strictSame(await listed(url), { [addressOf(1)]: [node(1).peerId] }, 'without nodes it would be open to anybody')
  await clock.advance(1_000)
  t.match(await request(`${url}/v1/join`, joinOf(2, coordinator, clock)), { status: 200 }, 'and may join with its own')
})

t.test('a proof is one of the named node, for this SP, network, coordinator and time, or nothing', async t => {
  const clock = fakeClock()
  const { coordinator, url } = await running(t, { clock })
  await request(`${url}/v1/join`, await provenJoin(1, 1, coordinator, clock))
  await clock.advance(1_000)
  const cases = [
    await provenJoin(2, 1, coordinator, clock, { key: 2 }),
    await provenJoin(2, 1, coordinator, clock, { operatorAddress: addressOf(1) }),
    { ...(await provenJoin(2, 1, coordinator, clock)), time: clock.now() - 1 }
  ]
  for (const body of cases) {
    t.match(await request(`${url}/v1/join`, body), { status: 401, body: { reason: 'signature' } })
  }
  const good = await provenJoin(2, 2, coordinator, clock)
  const [proof] = good.proofs ?? []
  for (const signature of ['0x', '0x00', `0x${'0'.repeat(1_026)}`, proof?.signature.slice(0, -2)]) {
    const join = joinOf(2, coordinator, clock, { proofs: [{ peerId: node(2).peerId, signature: signature ?? '' }] })
    t.match(await request(`${url}/v1/join`, join), {
      status: signature === '0x00' || signature === proof?.signature.slice(0, -2) ? 401 : 400
    })
  }
  t.match(await request(`${url}/v1/join`, { ...good, proofs: Array(5).fill(proof) }), { status: 400 })
  t.strictSame(await listed(url), { [addressOf(1)]: [node(1).peerId] })
  t.match(await request(`${url}/v1/join`, good), { status: 200 })
})

t.test('a node that moves to another SP is listed where its key said last, after a restart too', async t => {
  const clock = fakeClock()
  const first = await running(t, { clock })
  await request(`${first.url}/v1/join`, await provenJoin(1, 1, first.coordinator, clock))
  await first.coordinator.stop()
  const { coordinator, url, dataDir } = await running(t, { clock, dataDir: first.dataDir })
  const stored = JSON.parse(await readFile(join(dataDir, 'coordinator.json'), 'utf8'))
  t.strictSame(stored.members[0].proven, { [node(1).peerId]: clock.now() })
  t.match(await request(`${url}/v1/join`, joinOf(2, coordinator, clock, { nodes: [node(1)] })), { status: 409 })
  await clock.advance(1_000)
  t.match(await request(`${url}/v1/join`, await provenJoin(2, 1, coordinator, clock)), { status: 200 })
  t.strictSame(await listed(url), { [addressOf(2)]: [node(1).peerId] })
  t.match(
    await request(
      `${url}/v1/join`,
      await provenJoin(1, 1, coordinator, clock, { fields: { time: clock.now() - 500 } })
    ),
    { status: 409, body: { reason: 'peer-taken' } },
    'an older word of the node counts less'
  )
})

t.test('a node that announces itself proves its peer id to a coordinator that takes proofs', async t => {
  const clock = fakeClock()
  const { coordinator, url, dataDir } = await running(t, { clock })
  await request(`${url}/v1/join`, joinOf(2, coordinator, clock, { nodes: [node(1)] }))
  await clock.advance(1_000)
  const unread = clientOf(t, 1, url, coordinator.publicKey, { clock })
  await unread.announce({ ...node(1), prove: prove(1) })
  t.match(unread.alarms?.list, [{ kind: 'join', message: /join: peer id .*: expected one that no other SP names/ }])
  t.strictSame(await listed(url), { [addressOf(2)]: [node(1).peerId] }, 'nobody has said yet that it takes proofs')
  await unread.stop()
  const chain = clientOf(t, 1, url, coordinator.publicKey, { clock })
  await chain.start()
  await clock.advance(1_000)
  await chain.announce({ ...node(1), prove: prove(1) })
  t.strictSame(
    chain.alarms?.list.filter(({ kind }) => kind === 'join'),
    []
  )
  t.strictSame(await listed(url), { [addressOf(1)]: [node(1).peerId] })
  const stored = JSON.parse(await readFile(join(dataDir, 'coordinator.json'), 'utf8'))
  t.strictSame(Object.keys(stored.members.at(-1).proven), [node(1).peerId])
})
