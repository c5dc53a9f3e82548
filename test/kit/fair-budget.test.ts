import t from 'tap'
import { FairBudget } from '../../src/kit/fair-budget.js'

const shares = { known: { most: 100, each: 60 }, unknown: { most: 40, each: 8 } }
type Class = keyof typeof shares

/** How much the holder gets when it takes one by one, with work that can be ended or not. */
function takeAll(budget: FairBudget<Class>, of: Class, holder: string, canEnd = true): number {
  for (let taken = 0; ; taken++) {
    const account = budget.account(of, holder)
    if (canEnd) account.onEvict = () => account.release()
    if (!account.take(1) || taken === 1_000) return taken
  }
}

t.test('a class has its share and a holder its bound, whatever is free', async t => {
  const budget = new FairBudget(100, shares)
  t.equal(takeAll(budget, 'known', 'a'), 60)
  t.equal(takeAll(budget, 'unknown', 'b'), 8)
  for (let n = 0; n < 50; n++) takeAll(budget, 'unknown', `crowd-${n}`)
  t.equal(budget.held, 100)
  t.equal(takeAll(budget, 'known', 'c'), 30, 'as much as the largest, which gave it up')
})

t.test('however many take all they can, one more finds room', async t => {
  for (const crowd of [1, 6, 30]) {
    const budget = new FairBudget(100, shares)
    for (let n = 0; n < crowd; n++) takeAll(budget, 'unknown', `crowd-${n}`)
    t.ok(budget.held <= 40)
    t.ok(takeAll(budget, 'unknown', 'newcomer') > 0, `beside ${crowd}`)
    t.ok(budget.held <= 40, `${budget.held} of 40`)
  }
})

t.test('work that cannot be ended keeps what it has, and what is given back is free again', async t => {
  const budget = new FairBudget(10, { all: { most: 10 } })
  const first = budget.account('all', 'a')
  t.ok(first.take(6))
  t.ok(first.take(4))
  const second = budget.account('all', 'b')
  t.notOk(second.take(1))
  t.equal(budget.held, 10, 'takes nothing')
  first.release()
  first.release()
  t.equal(budget.held, 0)
  t.notOk(second.take(11), 'more than there is')
  t.ok(second.take(10))
})

t.test('nobody is ended for one that would have as much', async t => {
  const budget = new FairBudget(10, { all: { most: 10 } })
  for (const holder of ['a', 'b']) {
    const account = budget.account('all', holder)
    account.onEvict = () => t.fail('is not ended')
    t.ok(account.take(5))
  }
  t.notOk(budget.account('all', 'c').take(5))
})
