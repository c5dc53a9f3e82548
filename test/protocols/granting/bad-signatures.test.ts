import t from 'tap'
import { DEFAULT_RATES } from '../../../src/policy/defaults.js'
import { approverFixture, ask, checkedAnswer, fail, node, sp } from './approver-fixture.js'

const PEERS = 50
/** What open peers may have verified in a second with libsecp256k1, and at once; see ask-rates.ts. */
const BUDGET = 6_000
const BURST = 600
const STEPS = 10
const SECONDS = 2

// The fake clock makes the seconds exact; how long the event loop is held is not looked at here.
for (const badPerSecond of [5_000, 12_000]) {
  t.test(
    `${badPerSecond} bad signatures a second from ${PEERS} peers: named peers are served, the budget holds`,
    async t => {
      const f = await approverFixture({ backend: 'native' })
      f.state.rates = DEFAULT_RATES
      // SP 1 and SP 2 name no node: whoever likes may speak for them. SP 3 names its node.
      for (const open of [1, 2]) {
        const entry = f.entries.get(sp(open)) ?? fail('not listed')
        f.entries.set(sp(open), { ...entry, nodes: [] })
      }
      const bad = Array.from({ length: PEERS }, (_, n) => ({
        ...ask(1, { id: '9', signedBy: 2, from: node(100 + n) }),
        addressBlock: `198.51.100.${n}/32`
      }))
      const honest = { named: 0, open: 0 }
      for (let step = 0; step < SECONDS * STEPS; step++) {
        const flood = Array.from({ length: badPerSecond / STEPS }, (_, i) => bad[i % PEERS] ?? fail('no ask'))
        const answers = Promise.all(flood.map(one => f.answer(one)))
        const named = ask(3, { id: `${1_000 + step}` })
        checkedAnswer(await f.answer(named), named)
        honest.named++
        const open = ask(2, { id: `${2_000 + step}`, from: node(2) })
        if ((await f.answer(open)) !== undefined) honest.open++
        if ((await answers).some(answer => answer !== undefined)) t.fail('a bad signature was answered')
        await f.clock.advance(1_000 / STEPS)
      }
      t.equal(honest.named, SECONDS * STEPS, 'a node that its SP names is served all the while')
      // Ours of the first answer is one more.
      const spent = f.state.verifications - honest.named - honest.open - 1
      t.ok(spent <= BURST + BUDGET * SECONDS, `${spent} of ${badPerSecond * SECONDS} were verified`)
      if (badPerSecond < BUDGET) t.equal(honest.open, SECONDS * STEPS, 'so is one of an open SP, within the budget')
      else t.ok(spent < badPerSecond * SECONDS, 'what is beyond it costs no signature')
    }
  )
}
