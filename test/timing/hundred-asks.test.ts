import t from 'tap'
import { createTestNetwork, type MovableClock, movableClock } from '../../src/testing/index.js'
import { nothingHeld, onlyConnectionsHeld } from '../support/held.js'

/**
 * Eight SPs share this process, and a busy machine may leave it a fifth of a core. The clock goes slower by so much, so
 * that no message outlives its stream's deadline.
 */
const SLOWER = 8

function slowClock(): MovableClock {
  const real = movableClock()
  return {
    ...real,
    monotonic: () => real.monotonic() / SLOWER,
    setTimeout: (callback, ms) => real.setTimeout(callback, ms * SLOWER)
  }
}

t.test('a hundred asks at once are all answered right, and nothing is held afterwards', async t => {
  const net = await createTestNetwork(8, { clock: slowClock() })
  t.teardown(() => net.stop())
  const [asker] = net.modules
  if (asker === undefined) throw new Error('expected a module')
  const tasks = Array.from({ length: 100 }, () => net.task())
  const results = await Promise.all(
    tasks.map(task => asker.handleReplicatePieceApproval(task, { min: 6, max: 7, timeoutMs: 20_000 }))
  )
  for (const [index, { approvals, tasks: approved }] of results.entries()) {
    t.equal(new Set(approvals.map(({ sp }) => sp)).size, 7)
    t.ok(approved.every(({ objectInfo }) => objectInfo?.id === tasks[index]?.objectInfo?.id))
    for (const task of approved) t.same(await asker.verifyApproval(task, { role: 'primary' }), { ok: true })
  }
  t.equal(asker.overview().runningTasks, 0)
  t.same(asker.queryTasks(''), [])
  for (const module of net.modules) onlyConnectionsHeld(t, module.resources())
  await net.stop()
  for (const module of net.modules) nothingHeld(t, module.resources())
})
