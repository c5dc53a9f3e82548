import t from 'tap'
import { secp256k1Backend } from '../../src/identity/backend.js'
import type { Signer } from '../../src/identity/index.js'
import type { Clock } from '../../src/kit/clock.js'
import { systemClock } from '../../src/kit/clock.js'
import { fakeClock } from '../../src/testing/fake-clock.js'
import { keyOf, node } from '../chain/entries.js'
import { addressOf, clientOf, joinOf, request, running, stateOf } from './harness.js'

const listed = async (url: string) => (await stateOf(url)).entries[0]?.nodes.map(({ peerId }) => peerId) ?? []
const ids = (...numbers: number[]) => numbers.map(n => node(n).peerId)

t.test('eight nodes of one SP that join in the same moment are all listed', async t => {
  const { coordinator, url } = await running(t)
  const numbers = [11, 12, 13, 14, 15, 16, 17, 18]
  // Clocks of one machine, but two that go wrong, and one that stands still.
  const clocks = [
    { ...systemClock, now: () => systemClock.now() + 60_000 },
    { ...systemClock, now: () => systemClock.now() - 60_000 },
    { ...systemClock, now: () => Math.floor(systemClock.now() / 100_000) * 100_000 }
  ]
  const chains = numbers.map((_, index) =>
    clientOf(t, 1, url, coordinator.publicKey, { clock: clocks[index] ?? systemClock })
  )
  await Promise.all(chains.map((chain, index) => chain.announce(node(numbers[index] ?? 0))))
  for (const chain of chains) t.equal(chain.status().alarm?.includes('join'), undefined, 'in its first announcement')
  t.strictSame((await listed(url)).sort(), ids(...numbers).sort())
})

t.test('a node that leaves and one that joins at once both get their way', async t => {
  const clock = fakeClock()
  const { coordinator, url } = await running(t, { clock })
  const old = clientOf(t, 1, url, coordinator.publicKey, { clock })
  await old.announce(node(1))
  const behind = clientOf(t, 1, url, coordinator.publicKey, { clock: fakeClock(clock.now() - 60_000) })
  await behind.announce(node(6))
  await clientOf(t, 1, url, coordinator.publicKey, { clock: fakeClock(clock.now() + 60_000) }).announce(node(7))
  await behind.leave([node(1).peerId])
  t.strictSame(await listed(url), ids(6, 7), 'a leave learns the serial as a join does')
})

t.test('whoever answers every join with another serial is not followed for ever', async t => {
  const { coordinator, url } = await running(t)
  let tries = 0
  const sign: Signer = {
    sign: async digest => {
      tries++
      // Another program with the operator key is always a step ahead.
      const serial = systemClock.now() + 3_000 + tries
      await request(`${url}/v1/join`, joinOf(1, coordinator, systemClock, { serial }))
      return secp256k1Backend().sign(digest, keyOf(1))
    }
  }
  // Pauses take no time here; deadlines do.
  const clock: Clock = {
    ...systemClock,
    setTimeout: (callback, ms) => systemClock.setTimeout(callback, ms < 1_000 ? 0 : ms)
  }
  const chain = clientOf(t, 1, url, coordinator.publicKey, { clock, sign })
  await t.rejects(chain.leave([node(1).peerId]), { code: 'ERR_COORDINATOR_REFUSED', message: /serial/ })
  t.equal(tries, 12)
})

t.test('each node holds a lease of its own, and the SP is reachable while one runs', async t => {
  const clock = fakeClock()
  const { coordinator, url } = await running(t, { clock, leaseMs: 30_000 })
  const join = (n: number) => request(`${url}/v1/join`, joinOf(1, coordinator, clock, { nodes: [node(n)] }))
  await join(1)
  await clock.advance(20_000)
  await join(6)
  await clock.advance(15_000)
  t.match(await stateOf(url), { entries: [{ reachable: true, nodes: [node(1), node(6)] }] }, 'the first has run out')
  await clock.advance(16_000)
  t.match(await stateOf(url), { entries: [{ reachable: false, nodes: [node(1), node(6)] }] })
})

t.test('a node that is told no endpoint leaves the one another node named', async t => {
  const clock = fakeClock()
  const { coordinator, url } = await running(t, { clock })
  const join = async (fields: object) => {
    await clock.advance(1_000)
    await request(`${url}/v1/join`, joinOf(1, coordinator, clock, fields))
    const { sequence, entries } = await stateOf(url)
    return { sequence, ...entries[0] }
  }
  const told = { nodes: [node(1)], endpoint: 'https://sp1.example.com', approvalAddress: addressOf(3) }
  const untold = { nodes: [node(6)], endpoint: '', approvalAddress: '' }
  await join(told)
  const { sequence } = await join(untold)
  await join(told)
  t.match(await join(untold), { sequence, endpoint: told.endpoint, approvalAddress: told.approvalAddress })
  t.match(await join({ ...untold, replace: true }), { endpoint: '', approvalAddress: '' }, 'all is said anew')
})

t.test('an SP that replaces all its nodes ends with the new ones only', async t => {
  const clock = fakeClock()
  const { coordinator, url } = await running(t, { clock })
  const client = (fields = {}) => clientOf(t, 1, url, coordinator.publicKey, { clock, ...fields })
  const [oldA, oldB] = [client(), client()]
  await oldA.announce(node(1))
  await clock.advance(1)
  await oldB.announce(node(6))
  await clientOf(t, 2, url, coordinator.publicKey, { clock }).announce(node(2))
  await Promise.all([oldA.stop(), oldB.stop()])
  await clock.advance(1)
  const [newA, operator] = [client(), client({ endpoint: 'https://sp1.example.com' })]
  await newA.announce(node(7))
  t.strictSame(await listed(url), ids(1, 6, 7), 'a node that comes adds itself and takes nobody away')

  // One it announced itself, one that does not run yet.
  await operator.replaceNodes([node(7), node(8)])
  t.strictSame(await listed(url), ids(7, 8))
  await operator.start()
  t.match(operator.registry.get(addressOf(1)), { endpoint: 'https://sp1.example.com', nodes: [node(7), node(8)] })
  await clock.advance(1_000)
  const captured = joinOf(1, coordinator, clock, { nodes: [node(1)], serial: clock.now() - 2_000 })
  t.match(await request(`${url}/v1/join`, captured), { status: 409, body: { reason: 'serial' } }, 'an old join is dead')
  t.equal(
    (await request(`${url}/v1/join`, joinOf(2, coordinator, clock, { nodes: [node(1)] }))).status,
    200,
    'free now'
  )
  await t.rejects(operator.replaceNodes([node(2)]), { message: /expected one that no other SP names/ })
  await t.rejects(operator.replaceNodes([]), { message: /nodes: expected at least one node of the SP/ })
  t.strictSame(await listed(url), ids(7, 8))
})
