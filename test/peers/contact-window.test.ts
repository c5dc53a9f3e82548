import t from 'tap'
import { ContactWindow } from '../../src/peers/contact-window.js'
import { peer, sp, times } from './test-book.js'

const SPS = 10
const all = times(SPS, n => n)

/** A window in which everybody has answered before. */
const online = (): ContactWindow => {
  const window = new ContactWindow()
  for (const n of all) window.ok(peer(n), sp(`${n}`))
  window.settle()
  return window
}
const fail = (window: ContactWindow, who: readonly number[]) => {
  for (const n of who) window.failed(peer(n), sp(`${n}`))
}

t.test('one node that fails is counted, once for each failure since it last answered', t => {
  const window = online()
  fail(window, [1, 2, 2])
  window.ok(peer(3), sp('3'))
  fail(window, [4])
  window.ok(peer(4), sp('4'))
  const { failures, online: up } = window.settle()
  t.same(
    [...failures],
    [
      [peer(1), 1],
      [peer(2), 2]
    ]
  )
  t.equal(up, true)
  t.same([...window.settle().failures], [], 'the next period begins anew')
  t.end()
})

t.test('before anybody ever answered nothing counts', t => {
  const window = new ContactWindow()
  for (let period = 0; period < 5; period++) {
    fail(window, [1, 2])
    t.same(window.settle(), { failures: new Map(), online: false })
  }
  t.equal(window.down, true)
  fail(window, [1])
  window.ok(peer(3), sp('3'))
  t.equal(window.settle().failures.size, 0, 'nor in the period in which the first one answers')
  fail(window, [1])
  window.ok(peer(3), sp('3'))
  t.equal(window.settle().failures.size, 1)
  t.end()
})

t.test('when everything fails at once nothing counts, nor what follows until one of those answers again', t => {
  const window = online()
  fail(window, all)
  t.same(window.settle(), { failures: new Map(), online: false })
  for (let period = 0; period < 3; period++) {
    fail(window, [0])
    t.same(window.settle().failures.size, 0, 'a single failure of the outage')
  }
  window.ok(peer(5), sp('5'))
  fail(window, [0])
  t.same(window.settle(), { failures: new Map(), online: true }, 'who failed in this period may have failed before')
  fail(window, [0])
  window.ok(peer(5), sp('5'))
  t.same([...window.settle().failures], [[peer(0), 1]])
  t.end()
})

t.test('a neighbour that answers all along does not end an outage', t => {
  const window = online()
  fail(window, all.slice(1))
  window.ok(peer(0), sp('0'))
  t.equal(window.settle().failures.size, 0, 'nine of ten')
  fail(window, [1, 2])
  window.ok(peer(0), sp('0'))
  t.same(window.settle(), { failures: new Map(), online: false })
  t.end()
})

t.test('an outage whose SPs never come back ends when several others answer at once', t => {
  const window = online()
  fail(window, all)
  window.settle()
  window.ok(peer('new-0'), sp('new-0'))
  window.ok(peer('new-1'), sp('new-1'))
  t.equal(window.down, true)
  window.ok(peer('new-2'), sp('new-2'))
  t.equal(window.down, false)
  window.settle()
  fail(window, [1])
  window.ok(peer('new-0'), sp('new-0'))
  t.equal(window.settle().failures.size, 1)
  t.end()
})

t.test('half of the SPs failing is no outage of ours', t => {
  const window = online()
  for (const n of all) n % 2 === 0 ? window.ok(peer(n), sp(`${n}`)) : window.failed(peer(n), sp(`${n}`))
  t.equal(window.settle().failures.size, 5)
  t.end()
})

t.test('the silence of those who never answered says nothing about us, but counts', t => {
  const window = new ContactWindow()
  window.ok(peer(0), sp('0'))
  window.settle()
  fail(window, all.slice(1))
  window.ok(peer(0), sp('0'))
  t.equal(window.settle().failures.size, 9, '512 dead nodes of an old book are dead')
  t.end()
})

t.test('a node that was forgotten is not judged', t => {
  const window = online()
  fail(window, [1, 2])
  window.forget(peer(1))
  window.ok(peer(3), sp('3'))
  t.same([...window.settle().failures.keys()], [peer(2)])
  t.end()
})
