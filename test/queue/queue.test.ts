import fc from 'fast-check'
import t from 'tap'
import type { TaskKey } from '../../src/domain/brands.js'
import { taskKey } from '../../src/domain/task-key.js'
import { InvalidArgumentError, RequestExceedLimitError, RequestRepeatedError } from '../../src/errors.js'
import { TaskHistory } from '../../src/queue/history.js'
import { TaskQueue } from '../../src/queue/task-queue.js'
import { fakeClock } from '../../src/testing/fake-clock.js'

const task = (bucketName: string, objectName = 'o', id = '1') => ({ key: taskKey({ bucketName, objectName, id }) })

t.test('a queue finds running tasks by a part of their key, oldest first', async t => {
  const queue = new TaskQueue<ReturnType<typeof task>>(10)
  const [photos, films, photos2] = [task('photos'), task('films'), task('photos-2')]
  for (const one of [photos, films, photos2]) queue.push(one)
  t.same(queue.query('bucket:photos'), [photos, photos2])
  t.same(queue.query('bucket:photos-object:'), [photos])
  t.same(queue.query(''), [photos, films, photos2])
  t.same(queue.query('PHOTOS'), [], 'case counts')
  t.same([...queue], [photos, films, photos2])
  t.equal(queue.get(films.key), films)
  t.ok(queue.remove(films.key))
  t.notOk(queue.remove(films.key))
  t.equal(queue.size, 2)
})

t.test('the same key again is a repeated request, a full queue exceeds the limit', async t => {
  const queue = new TaskQueue(2)
  queue.push(task('a'))
  queue.push(task('b'))
  t.throws(() => queue.push(task('c')), RequestExceedLimitError)
  t.throws(() => queue.push(task('a')), RequestRepeatedError, 'also when it is full')
  t.equal(queue.size, 2)
  queue.remove(task('a').key)
  queue.push(task('a'))
  t.same(
    queue.query('').map(({ key }) => key),
    [task('b').key, task('a').key],
    'a task that came back is the youngest'
  )
})

t.test('a capacity that makes no sense is refused', async t => {
  for (const capacity of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    t.throws(() => new TaskQueue(capacity), InvalidArgumentError, `${capacity}`)
  }
})

t.test('history keeps so many finished tasks, and each for so long', async t => {
  const clock = fakeClock()
  const history = new TaskHistory({ kept: 3, keptMs: 1_000, clock })
  for (const bucket of ['a', 'b', 'c', 'd']) history.add(task(bucket))
  t.same(history.query(''), [task('b'), task('c'), task('d')], 'the oldest made room')
  await clock.advance(600)
  history.add(task('e'))
  t.same(
    history.query(''),
    ['c', 'd', 'e'].map(bucket => task(bucket))
  )
  await clock.advance(401)
  t.same(history.query('bucket:'), [task('e')])
  await clock.advance(600)
  t.same(history.query(''), [])
})

t.test('a clock that an operator sets back or forward keeps nothing longer or shorter', async t => {
  const clock = fakeClock()
  const history = new TaskHistory({ kept: 3, keptMs: 1_000, clock })
  history.add(task('a'))
  clock.setWall(0)
  t.equal(history.query('').length, 1)
  clock.setWall(2 ** 45)
  t.equal(history.query('').length, 1)
})

t.test('history gives several runs with the same key, the latest last', async t => {
  const clock = fakeClock()
  const history = new TaskHistory<{ key: TaskKey; run: number }>({ kept: 2, keptMs: 1_000, clock })
  const { key } = task('a')
  history.add({ key, run: 1 })
  history.add({ key, run: 2 })
  t.same(
    history.query(key).map(({ run }) => run),
    [1, 2]
  )
  history.add({ key: task('b').key, run: 3 })
  t.same(
    history.query(key).map(({ run }) => run),
    [2],
    'the older one went, the latest is still found'
  )
  t.throws(() => new TaskHistory({ kept: -1, keptMs: 1, clock }), InvalidArgumentError)
  t.throws(() => new TaskHistory({ kept: 1, keptMs: Number.NaN, clock }), InvalidArgumentError)
  const none = new TaskHistory({ kept: 0, keptMs: 1, clock })
  none.add(task('a'))
  t.same(none.query(''), [])
})

t.test('a queue and a history agree with a plain list under any order of calls', async t => {
  const seed = Date.now() & 0x7fffffff
  t.comment(`seed ${seed}`)
  const name = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f')
  fc.assert(
    fc.property(fc.array(fc.record({ push: fc.boolean(), name }), { maxLength: 50 }), steps => {
      const queue = new TaskQueue(4)
      const history = new TaskHistory({ kept: 4, keptMs: 1_000, clock: fakeClock() })
      const running: TaskKey[] = []
      const finished: TaskKey[] = []
      for (const { push, name } of steps) {
        const one = task(name)
        const at = running.indexOf(one.key)
        if (push) {
          const fits = at < 0 && running.length < 4
          try {
            queue.push(one)
            if (!fits) return false
            running.push(one.key)
          } catch {
            if (fits) return false
          }
        } else if (queue.remove(one.key) !== at >= 0) return false
        else if (at >= 0) {
          running.splice(at, 1)
          finished.push(one.key)
          history.add(one)
        }
      }
      const keys = (tasks: Iterable<{ key: TaskKey }>): string => [...tasks].map(({ key }) => key).join()
      return keys(queue.query('')) === running.join() && keys(history.query('')) === finished.slice(-4).join()
    }),
    { seed, numRuns: 500 }
  )
})
