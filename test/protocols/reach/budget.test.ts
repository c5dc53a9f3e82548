import t from 'tap'
import { DialBudget } from '../../../src/protocols/reach/dial-budget.js'
import { isPromising, type Lane, Lanes } from '../../../src/protocols/reach/lanes.js'
import { Pace } from '../../../src/protocols/reach/pace.js'

const lane = (startedAt: number, giveWay: () => void = () => undefined): Lane => ({
  startedAt,
  reachedAt: undefined,
  giveWay
})

const calm = { lateMs: 0, busy: false }

t.test('any second holds 20 dials at most, once the start is over', async t => {
  const budget = new DialBudget(0)
  const taken: number[] = []
  for (let now = 5_000; now < 9_000; now += 7) {
    for (let left = budget.left(now); left > 0; left = budget.left(now)) {
      budget.take(now)
      taken.push(now)
    }
    t.ok(budget.nextAt(now) > now)
  }
  const most = Math.max(...taken.map(at => taken.filter(other => other >= at && other < at + 1_000).length))
  t.equal(most, 20)
  t.ok(taken.length >= 80)
})

t.test('a start may burst, and what it took counts afterwards', async t => {
  const budget = new DialBudget(0)
  t.equal(budget.left(0), 640)
  for (let n = 0; n < 640; n++) budget.take(10)
  t.equal(budget.left(500), 0)
  t.equal(budget.nextAt(500), 1_010)
  t.equal(budget.left(1_010), 20)
})

t.test('silent dials leave room for others within a moment, handshakes do not', async t => {
  const lanes = new Lanes(100)
  const room = lanes.room(0, calm)
  for (let n = 0; n < room; n++) lanes.enter(lane(0))
  t.equal(lanes.room(0, calm), 0)
  t.ok(lanes.room(100, calm) > room, 'nobody took the connection: more may be tried at once')
  for (let n = 0; n < room; n++) lanes.enter({ ...lane(0), reachedAt: 10 })
  t.equal(lanes.room(100, calm), 0)
})

t.test('a node that took the connection and says nothing holds up no other handshake for long', async t => {
  const lanes = new Lanes(4)
  const ended: number[] = []
  for (let n = 0; n < 4; n++) lanes.enter({ ...lane(0, () => ended.push(n)), reachedAt: 10 })
  t.equal(lanes.room(300, calm), 0)
  t.equal(lanes.nextSilentAt(300, 0), 310)
  lanes.clear(1, 300, 0)
  t.same(ended, [], 'it may be slow')
  t.notOk(isPromising({ ...lane(0), reachedAt: 10 }, 310, 0), 'its siblings are tried beside it')
  lanes.clear(1, 310, 0)
  t.same(ended, [0], 'it gives way where all lanes are taken')
  const more = new Lanes(100)
  for (let n = 0; n < 4; n++) more.enter({ ...lane(0), reachedAt: 10 })
  t.equal(more.room(300, calm), 0)
  t.ok(more.room(310, calm) > 0)
  const far = { ...lane(0), reachedAt: 200 }
  t.ok(isPromising(far, 1_400, 0), 'a handshake takes several ways there and back')
  t.notOk(isPromising(far, 1_450, 0))
})

t.test('where all lanes are taken, who has been silent for a second gives way', async t => {
  const ended: number[] = []
  const lanes = new Lanes(3)
  for (const at of [0, 100, 2_000]) lanes.enter(lane(at, () => ended.push(at)))
  lanes.clear(3, 900, 0)
  t.same(ended, [])
  lanes.clear(1, 2_100, 0)
  t.same(ended, [0], 'as many as are wanted')
  lanes.clear(5, 2_100, 0)
  t.same(ended, [0, 0, 100])
})

t.test('one handshake at a time while our own event loop is behind', async t => {
  const lanes = new Lanes(100)
  t.equal(lanes.room(0, { lateMs: 200, busy: true }), 1)
  lanes.enter({ ...lane(0), reachedAt: 1 })
  t.equal(lanes.room(500, { lateMs: 200, busy: true }), 0)
  t.equal(lanes.room(3_000, { lateMs: 200, busy: true }), 0, 'and it has longer: its answer may lie in our queue')
  t.equal(lanes.room(500, { lateMs: 200, busy: true }, 5), 0, 'for as many as five missing SPs')
  t.equal(lanes.room(500, { lateMs: 200, busy: true }, 11), 2, 'and a further one for each five more')
  t.equal(lanes.room(500, { lateMs: 200, busy: true }, 1_000), 3, 'as far as the pace allows')
})

t.test('quick handshakes let more run at once, slow ones halve them, whatever the way costs', async t => {
  const pace = new Pace()
  const first = pace.limit
  for (let n = 0; n < 100; n++) pace.finished(100, 500, n)
  t.equal(pace.limit, 32, 'half a second is quick where the way takes 100 ms')
  pace.finished(1, 1_300, 1_000)
  t.equal(pace.limit, 16)
  for (let n = 0; n < 8; n++) pace.slow(1_100)
  t.equal(pace.limit, 16, 'one busy moment counts once')
  for (let at = 2_000; at < 10_000; at += 600) pace.slow(at)
  t.ok(pace.limit >= 1 && pace.limit < first)
})
