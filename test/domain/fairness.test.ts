import t from 'tap'
import { afterAsk, NEVER_ASKED } from '../../src/domain/fairness.js'

t.test('an SP’s figures tell how often it was asked, has answered and was counted, and when', async t => {
  const silent = afterAsk(NEVER_ASKED, { answered: false, accepted: false }, 1_000)
  t.same(silent, { asked: 1, answered: 0, accepted: 0, lastAsked: 1_000, lastAnswer: undefined })
  const approved = afterAsk(silent, { answered: true, accepted: true }, 2_000)
  t.same(approved, { asked: 2, answered: 1, accepted: 1, lastAsked: 2_000, lastAnswer: 2_000 })
  const rejected = afterAsk(approved, { answered: true, accepted: false }, 3_000)
  t.same(rejected, { asked: 3, answered: 2, accepted: 1, lastAsked: 3_000, lastAnswer: 3_000 })
  t.same(afterAsk(rejected, { answered: false, accepted: false }, 4_000).lastAnswer, 3_000)
})
