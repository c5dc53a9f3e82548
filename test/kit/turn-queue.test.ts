import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { TurnQueue } from '../../src/kit/turn-queue.js'
import { fakeClock } from '../../src/testing/fake-clock.js'

const never = new AbortController().signal

/** Counts turns of the event loop until `end`. */
function countTurns(): { end(): number } {
  let turns = 0
  let counting = true
  void (async () => {
    while (counting) {
      await setImmediate()
      turns++
    }
  })()
  return {
    end: () => {
      counting = false
      return turns
    }
  }
}

t.test('work is done in its order, for some ms of each turn of the event loop', async t => {
  const clock = fakeClock()
  const queue = new TurnQueue(clock, 4)
  const done: number[] = []
  const turns = countTurns()
  const work = Array.from({ length: 12 }, (_, index) =>
    queue.run(() => {
      clock.stall(2)
      done.push(index)
    }, never)
  )
  await Promise.all(work)
  const taken = turns.end()
  t.same(
    done,
    Array.from({ length: 12 }, (_, index) => index)
  )
  t.ok(taken >= 5 && taken <= 8, `${taken} turns for twelve times 2 ms`)
})

t.test('what nobody waits for any more is not begun, and a fault stops nothing', async t => {
  const queue = new TurnQueue(fakeClock(), 4)
  const controller = new AbortController()
  const fault = t.rejects(
    queue.run(() => {
      throw new Error('broken')
    }, never),
    { message: 'broken' }
  )
  let begun = false
  const given = t.rejects(
    queue.run(() => {
      begun = true
    }, controller.signal),
    { message: 'enough' }
  )
  controller.abort(new Error('enough'))
  t.equal(await queue.run(() => 7, never), 7)
  await Promise.all([fault, given])
  t.notOk(begun)
})
