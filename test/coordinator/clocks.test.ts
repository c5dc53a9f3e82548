import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import type { Clock } from '../../src/kit/clock.js'
import { type FakeClock, fakeClock } from '../../src/testing/fake-clock.js'
import { node } from '../chain/entries.js'
import { addressOf, clientOf, joinOf, request, running, stateOf } from './harness.js'

/** The clock of another machine, which runs alike and tells another time. */
const shifted = (clock: Clock, by: () => number): Clock => ({ ...clock, now: () => clock.now() + by() })

/** Time passes in steps of a poll. `each` is called after every reading. */
async function poll(
  clock: FakeClock,
  chain: { refresh(): Promise<void> },
  ms: number,
  each: () => void = () => undefined
) {
  for (let passed = 0; passed < ms; passed += 2_000) {
    clock.stall(2_000)
    await chain.refresh()
    each()
  }
}

t.test("while the coordinator's clock is put back by 100 s, its list and height are there all the time", async t => {
  const clock = fakeClock()
  let ahead = 100_000
  const theirs = shifted(clock, () => ahead)
  const { coordinator, url } = await running(t, { clock: theirs })
  clock.stall(600_000)
  await request(`${url}/v1/join`, joinOf(1, coordinator, theirs))
  const chain = clientOf(t, 2, url, coordinator.publicKey, { clock })
  await chain.start()
  await poll(clock, chain, 20_000)
  const before = chain.heights.height()
  ahead = 0
  let highest = before
  await poll(clock, chain, 200_000, () => {
    t.equal(chain.registry.list().length, 1)
    t.ok(chain.heights.height() >= highest)
    highest = chain.heights.height()
  })
  t.equal(chain.status().alarm, undefined)
  t.equal(highest, before + 50n, 'the height stood still until the clock had caught up')
})

t.test('a change of the list is taken in the minute after the clock was put back', async t => {
  const clock = fakeClock()
  let ahead = 100_000
  const theirs = shifted(clock, () => ahead)
  const { coordinator, url } = await running(t, { clock: theirs })
  await request(`${url}/v1/join`, joinOf(1, coordinator, theirs))
  const chain = clientOf(t, 2, url, coordinator.publicKey, { clock })
  await chain.start()
  await poll(clock, chain, 10_000)
  ahead = 0
  await coordinator.setStatus(addressOf(1), 'IN_JAILED')
  await poll(clock, chain, 8_000)
  t.equal(chain.registry.get(addressOf(1))?.status, 'IN_JAILED')
})

t.test('a coordinator that lost its state is followed again once the operator says so', async t => {
  const clock = fakeClock()
  const first = await running(t, { clock })
  clock.stall(86_400_000)
  for (const n of [1, 2, 3]) await request(`${first.url}/v1/join`, joinOf(n, first.coordinator, clock))
  const listen = new URL(first.url).host
  const chain = clientOf(t, 4, first.url, first.coordinator.publicKey, { clock })
  await chain.start()
  const height = chain.heights.height()
  await first.coordinator.stop()
  await rm(join(first.dataDir, 'coordinator.json'))
  const again = await running(t, { clock, listen })
  // As many changes as before: the same sequence, another list.
  for (const n of [2, 3]) await request(`${again.url}/v1/join`, joinOf(n, again.coordinator, clock))
  await again.coordinator.setStatus(addressOf(2), 'IN_JAILED')
  t.equal((await stateOf(again.url)).sequence, '3')
  await poll(clock, chain, 4_000)
  t.equal(chain.registry.get(addressOf(2))?.status, 'IN_JAILED', 'another beginning is not taken for the list at hand')
  t.match(chain.status().alarm, /height went back from \d+ to \d+, not believed; if it is right: resetHeight\(\)/)
  chain.resetHeight()
  await chain.refresh()
  t.ok(chain.heights.height() < height)
  await again.coordinator.stop()
  await rm(join(again.dataDir, 'coordinator.json'))
  const third = await running(t, { clock, listen })
  await request(`${third.url}/v1/join`, joinOf(2, third.coordinator, clock))
  await request(`${third.url}/v1/join`, joinOf(3, third.coordinator, clock))
  await poll(clock, chain, 4_000)
  t.match(chain.status().alarm, /list sequence 2 is older than 3, held back; if it is right: confirmList\(\)/)
  t.equal(chain.registry.get(addressOf(2))?.status, 'IN_JAILED')
  chain.confirmList()
  t.equal(chain.registry.get(addressOf(2))?.status, 'IN_SERVICE')
  await poll(clock, chain, 4_000)
  t.equal(chain.registry.list().length, 2)
})

t.test('serials that were used while clocks were ahead shut nobody out', async t => {
  const clock = fakeClock()
  let ahead = 365 * 86_400_000
  const wrong = shifted(clock, () => ahead)
  const { coordinator, url } = await running(t, { clock: wrong })
  const chain = clientOf(t, 1, url, coordinator.publicKey, { clock: wrong })
  await chain.announce(node(1))
  t.equal(chain.status().alarm, undefined)
  ahead = 0
  await chain.announce(node(1))
  t.equal(chain.status().alarm, undefined, 'of the same process')
  await chain.stop()
  const other = clientOf(t, 1, url, coordinator.publicKey, { clock: wrong })
  await other.announce(node(6))
  t.equal(other.status().alarm, undefined, 'and of another')
  t.strictSame(
    (await stateOf(url)).entries[0]?.nodes.map(({ peerId }) => peerId),
    [node(1).peerId, node(6).peerId]
  )
})
