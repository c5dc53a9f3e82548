import t from 'tap'
import { ConcurrencyGate } from '../../src/kit/concurrency-gate.js'

t.test('a gate with one place', async t => {
  const gate = new ConcurrencyGate(1)
  const order: string[] = []
  const signal = new AbortController().signal
  const over = await gate.enter('a', signal)
  const later = ['first', 'second'].map(name =>
    gate.enter('a', signal).then(end => {
      order.push(name)
      end()
    })
  )
  t.test('another key does not wait', async t => {
    const end = await gate.enter('b', signal)
    end()
    t.same(order, [])
  })
  t.test('it tells how many wait', async t => {
    t.equal(gate.waiting('a'), 2)
    t.equal(gate.waiting('b'), 0)
  })
  t.test('those who wait come in the order they came', async t => {
    over()
    await Promise.all(later)
    t.same(order, ['first', 'second'])
  })
  t.test('it can be taken again afterwards', async t => {
    const end = await gate.enter('a', signal)
    t.type(end, 'function')
    end()
  })
  t.test('a signal that has aborted does not wait', async t => {
    const end = await gate.enter('a', signal)
    await t.rejects(gate.enter('a', AbortSignal.abort(new Error('too late'))), { message: 'too late' })
    end()
  })
  t.test('one that gives up while it waits leaves its place to the next', async t => {
    const end = await gate.enter('a', signal)
    const controller = new AbortController()
    const leaving = gate.enter('a', controller.signal)
    const next = gate.enter('a', signal)
    controller.abort(new Error('no longer needed'))
    await t.rejects(leaving, { message: 'no longer needed' })
    end()
    ;(await next)()
    t.equal(gate.waiting('a'), 0)
  })
})

t.test('a gate with two places lets two in at once', async t => {
  const gate = new ConcurrencyGate<string>(2)
  const { signal } = new AbortController()
  const ends = [await gate.enter('a', signal), await gate.enter('a', signal)]
  let third = false
  const waiting = gate.enter('a', signal).then(end => {
    third = true
    return end
  })
  await new Promise(setImmediate)
  t.notOk(third)
  ends[1]?.()
  const end = await waiting
  end()
  ends[0]?.()
})
