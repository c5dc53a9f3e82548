import t from 'tap'
import { DEFAULT_RATES } from '../../../src/policy/defaults.js'
import { approverFixture, ask, checkedAnswer, fail, node, sp } from './approver-fixture.js'

const PEERS = 50
/** Sixty thousand control characters: six times as many bytes are signed. */
const LONG = '\u0001'.repeat(60_000)

/** What of so many asks with a bad signature, each of another peer of an open SP, is verified at once. */
async function verified(count: number, objectName: string) {
  const f = await approverFixture({ backend: 'native' })
  f.state.rates = DEFAULT_RATES
  f.entries.set(sp(1), { ...(f.entries.get(sp(1)) ?? fail('not listed')), nodes: [] })
  const bad = Array.from({ length: PEERS }, (_, n) => ({
    ...ask(1, { id: '9', object: { objectName }, signedBy: 2, from: node(100 + n) }),
    addressBlock: `198.51.100.${n}/32`
  }))
  const answers = await Promise.all(Array.from({ length: count }, (_, i) => f.answer(bad[i % PEERS] ?? fail('no ask'))))
  return { ...f, answered: answers.filter(answer => answer !== undefined).length, spent: f.state.verifications }
}

t.test('a verification is paid by its size: of large asks a few use up what serves hundreds of small ones', async t => {
  const small = await verified(400, 'o')
  t.equal(small.spent, 400)
  const large = await verified(400, LONG)
  t.ok(large.spent >= 1 && large.spent <= 5, `${large.spent} of 400 were verified`)
  t.equal(large.answered, 0)
  const named = ask(3)
  checkedAnswer(await large.answer(named), named)
  await large.clock.advance(1_000)
  const later = large.state.verifications
  const again = Array.from({ length: 20 }, (_, n) => ({
    ...ask(1, { id: '9', object: { objectName: LONG }, signedBy: 2, from: node(200 + n) }),
    addressBlock: `203.0.113.${n}/32`
  }))
  await Promise.all(again.map(one => large.answer(one)))
  const spent = large.state.verifications - later
  t.ok(spent >= 1 && spent <= 5, `${spent} a tenth of a second’s budget later`)
})

t.test('a large ask of a named peer is granted like any other', async () => {
  const f = await approverFixture({ backend: 'native' })
  const large = ask(3, { object: { objectName: LONG } })
  checkedAnswer(await f.answer(large), large)
})
