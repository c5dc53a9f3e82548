import t from 'tap'
import type { PeerIdString } from '../../../src/domain/brands.js'
import { DialSchedule } from '../../../src/protocols/reach/dial-schedule.js'

const PEER = 'a' as PeerIdString
const schedule = () => new DialSchedule({ zombieAfter: 3, random: () => 0.5 })

t.test('the end of a back-off forgets the failures, not since when a node is connected', async t => {
  const one = schedule()
  one.failed(PEER, 0, 1_000)
  t.ok(one.dueAt(PEER) > 1_000)
  one.connected(PEER, 2_000)
  one.due(PEER)
  t.equal(one.connectedAt(PEER), 2_000, 'a change of the list, say: it is proven half a second after it came')
  t.equal(one.dueAt(PEER), 0)
  t.equal(one.hasFailed(PEER), false)
  one.disconnected(PEER, 20_000)
  one.failed(PEER, 0, 21_000)
  one.due(PEER)
  t.equal(one.dueAt(PEER), 0)
})
