import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { secp256k1Backend } from '../../src/identity/backend.js'
import type { Signer } from '../../src/identity/index.js'
import { type Logger, silentLogger } from '../../src/logger.js'
import { fakeClock } from '../../src/testing/fake-clock.js'
import { keyOf, node } from '../chain/entries.js'
import { addressOf, COORDINATOR_KEY, clientOf, eventually, folderOf, running, stateOf, TOKEN } from './harness.js'

/** An address that stays while the coordinator behind it comes and goes. */
async function door(t: Test) {
  let target: string | undefined
  const open = new Set<Socket>()
  const server = createServer(socket => {
    open.add(socket.once('close', () => open.delete(socket)))
    if (target === undefined) {
      socket.destroy()
      return
    }
    const { hostname, port } = new URL(target)
    const behind = connect(Number(port), hostname)
    behind.on('error', () => socket.destroy()).pipe(socket)
    socket.on('error', () => behind.destroy()).pipe(behind)
  }).listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    leadTo: (url: string | undefined) => {
      target = url
      for (const socket of open) socket.destroy()
    }
  }
}

t.test("an SP that announces itself is on everybody's list", async t => {
  const clock = fakeClock()
  const { coordinator, url } = await running(t, { clock })
  const one = clientOf(t, 1, url, coordinator.publicKey, { clock, endpoint: 'http://sp1.example.com' })
  const two = clientOf(t, 2, url, coordinator.publicKey, { clock })
  await one.start()
  await two.start()
  await one.announce(node(1))
  t.match(one.registry.list(), [
    { operatorAddress: addressOf(1), endpoint: 'http://sp1.example.com', nodes: [node(1)] }
  ])
  await two.announce(node(2))
  await one.refresh()
  t.strictSame(one.registry.list(), two.registry.list())
  t.equal(one.heights.height(), 0n)
  t.equal(one.status().alarm, undefined)
  await two.leave()
  await one.refresh()
  t.equal(one.registry.get(addressOf(2)), undefined)
})

t.test('the lease is renewed at a third of it, by itself, until stop', async t => {
  const clock = fakeClock()
  const { coordinator, url } = await running(t, { clock, leaseMs: 30_000 })
  let signatures = 0
  const sign: Signer = {
    sign: digest => {
      signatures++
      return secp256k1Backend().sign(digest, keyOf(1))
    }
  }
  let joins = 0
  const logger: Logger = { ...silentLogger, debug: (_fields, message) => (joins += message === 'joined' ? 1 : 0) }
  const chain = clientOf(t, 1, url, coordinator.publicKey, { clock, sign, logger })
  await chain.announce(node(1))
  for (let renewal = 1; renewal <= 4; renewal++) {
    let waited = 0
    for (; signatures === renewal && waited < 12_000; waited += 500) await clock.advance(500)
    t.ok(waited >= 8_000 && waited <= 12_000, `after ${waited} ms`)
    await eventually(async () => joins > renewal)
  }
  t.match(await stateOf(url), { entries: [{ reachable: true }] }, 'over 32 s and more with a lease of 30 s')
  await chain.stop()
  t.equal(clock.pending, 0)
  await clock.advance(31_000)
  t.match(await stateOf(url), { entries: [{ reachable: false }] })
})

t.test('a coordinator that is down at the start and later is waited for', async t => {
  const clock = fakeClock()
  const { url, leadTo } = await door(t)
  const chain = clientOf(t, 1, url, '02'.padEnd(66, '0'), { clock })
  t.teardown(() => chain.stop())
  await chain.start()
  await chain.announce(node(1))
  t.throws(() => chain.registry.list(), {
    code: 'ERR_CHAIN_UNAVAILABLE',
    message: /none yet from coordinator http.*expected an answer/
  })
  t.match(chain.status().alarm, /join: expected an answer, got/)
  await chain.stop()

  const first = await running(t, { clock })
  leadTo(first.url)
  const again = clientOf(t, 1, url, first.coordinator.publicKey, { clock })
  await again.start()
  await again.announce(node(1))
  t.equal(again.registry.list().length, 1)
  await first.coordinator.stop()
  leadTo(undefined)
  await clock.advance(100)
  await again.refresh()
  t.equal(again.registry.list().length, 1, 'the last list serves on')
  const second = await running(t, { clock, dataDir: first.dataDir })
  leadTo(second.url)
  await again.refresh()
  t.equal(again.status().alarm, undefined)
})

t.test('an SP that is not admitted is told why, and one with the join token is', async t => {
  const clock = fakeClock()
  const { coordinator, url } = await running(t, { clock, allow: [addressOf(1)], joinTokens: [TOKEN] })
  await clientOf(t, 1, url, coordinator.publicKey, { clock }).announce(node(1))
  const stranger = clientOf(t, 6, url, coordinator.publicKey, { clock })
  await stranger.start()
  await stranger.announce(node(6))
  t.match(stranger.status().alarm, /join: SP 0x\w{40}: expected one on the allow-list or a good join token/)
  t.equal(stranger.registry.list().length, 1, 'it may read the list all the same')
  const guest = clientOf(t, 7, url, coordinator.publicKey, { clock, joinToken: TOKEN })
  await guest.start()
  await guest.announce(node(7))
  t.equal(guest.status().alarm, undefined)
  t.equal(guest.registry.list().length, 2)
})

t.test('two nodes of one SP join beside each other although one clock is ahead', async t => {
  const clock = fakeClock()
  const ahead = fakeClock(clock.now() + 60_000)
  const { coordinator, url } = await running(t, { clock })
  await clientOf(t, 1, url, coordinator.publicKey, { clock: ahead }).announce(node(1))
  const late = clientOf(t, 1, url, coordinator.publicKey, { clock })
  await late.start()
  await late.announce(node(6))
  t.equal(late.status().alarm, undefined)
  t.strictSame(coordinator.entries()[0]?.nodes, [node(1), node(6)])
})

t.test('a coordinator with another key is not believed, whatever stands behind its address', async t => {
  const clock = fakeClock()
  const real = await running(t, { clock })
  const fake = await running(t, { clock, key: COORDINATOR_KEY.map(byte => byte ^ 1), dataDir: await folderOf(t) })
  const { url, leadTo } = await door(t)
  leadTo(real.url)
  const chain = clientOf(t, 1, url, real.coordinator.publicKey, { clock })
  await chain.start()
  await chain.announce(node(1))
  leadTo(fake.url)
  await fake.coordinator.start()
  await clientOf(t, 2, fake.url, fake.coordinator.publicKey, { clock }).announce(node(2))
  await clock.advance(2_500)
  await chain.refresh()
  t.strictSame(
    chain.registry.list().map(entry => entry.operatorAddress),
    [addressOf(1)]
  )
  t.match(chain.status().alarm, /state signature: expected one of the pinned key/)
})
