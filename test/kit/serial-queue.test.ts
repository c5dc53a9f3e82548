import t from 'tap'
import { KeyedQueue, SerialQueue } from '../../src/kit/serial-queue.js'

/** Work whose end the test decides. */
function job(log: string[], name: string) {
  let end = (_error?: Error): void => undefined
  const ended = new Promise<string>((resolve, reject) => {
    end = error => (error === undefined ? resolve(name) : reject(error))
  })
  const work = async (): Promise<string> => {
    log.push(`${name} begins`)
    return await ended
  }
  return { work, end }
}

const settled = (): Promise<void> => new Promise(setImmediate)

t.test('work runs one after another, and one that fails does not stop the next', async t => {
  const queue = new SerialQueue()
  const log: string[] = []
  const [first, second] = [job(log, 'first'), job(log, 'second')]
  const results = [queue.run(first.work), queue.run(second.work), queue.run(() => 'third')]
  const failed = t.rejects(Promise.all(results), { message: 'broken' })
  await settled()
  t.same(log, ['first begins'])
  first.end(new Error('broken'))
  await failed
  await settled()
  t.same(log, ['first begins', 'second begins'])
  let idle = false
  const over = queue.idle().then(() => (idle = true))
  await settled()
  t.notOk(idle)
  second.end()
  t.same(await Promise.all(results.slice(1)), ['second', 'third'])
  await over
})

t.test('keys have a queue each, which is forgotten when it is empty', async t => {
  const queue = new KeyedQueue<string>()
  const log: string[] = []
  const [first, second, other] = [job(log, 'first'), job(log, 'second'), job(log, 'other')]
  const results = [queue.run('a', first.work), queue.run('a', second.work), queue.run('b', other.work)]
  await settled()
  t.same(log, ['first begins', 'other begins'])
  first.end()
  await results[0]
  await settled()
  t.same(log, ['first begins', 'other begins', 'second begins'])
  t.ok(queue.has('a'))
  let idle = false
  const over = queue.idle().then(() => (idle = true))
  other.end()
  await results[2]
  t.notOk(queue.has('b'))
  t.notOk(idle)
  second.end()
  await over
  t.notOk(queue.has('a'))
})
