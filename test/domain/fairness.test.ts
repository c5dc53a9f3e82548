import t from 'tap'
import type { SpAddress } from '../../src/domain/brands.js'
import { NEVER_ASKED } from '../../src/domain/fairness.js'
import { Fairness } from '../../src/peers/fairness.js'
import { fakeClock } from '../../src/testing/fake-clock.js'

t.test('an SP’s figures tell how often it was asked, has answered and was counted, and when', async t => {
  const sp = 'a' as SpAddress
  const clock = fakeClock(1_000)
  const fairness = new Fairness(clock)
  const after = async (answered: boolean, accepted: boolean) => {
    fairness.asked({
      asked: new Set([sp]),
      answered: new Set(answered ? [sp] : []),
      accepted: new Set(accepted ? [sp] : [])
    })
    await clock.advance(1_000)
    return fairness.of(sp)
  }
  t.same(await after(false, false), { asked: 1, answered: 0, accepted: 0, lastAsked: 1_000, lastAnswer: undefined })
  t.same(await after(true, true), { asked: 2, answered: 1, accepted: 1, lastAsked: 2_000, lastAnswer: 2_000 })
  t.same(await after(true, false), { asked: 3, answered: 2, accepted: 1, lastAsked: 3_000, lastAnswer: 3_000 })
  t.equal((await after(false, false)).lastAnswer, 3_000)
})

t.test('only SPs that are listed are kept, and each by its own figures', async t => {
  const [a, b, c] = ['a', 'b', 'c'] as SpAddress[] as [SpAddress, SpAddress, SpAddress]
  const clock = fakeClock(1_000)
  const fairness = new Fairness(clock)
  fairness.asked({ asked: new Set([a, b]), answered: new Set([a, c]), accepted: new Set([a]) })
  await clock.advance(500)
  fairness.asked({ asked: new Set([b]), answered: new Set(), accepted: new Set() })
  t.match(fairness.of(a), { asked: 1, answered: 1, accepted: 1, lastAsked: 1_000, lastAnswer: 1_000 })
  t.match(fairness.of(b), { asked: 2, answered: 0, lastAsked: 1_500, lastAnswer: undefined })
  t.same(fairness.of(c), NEVER_ASKED, 'it was not asked')
  fairness.keepOnly(new Set([b]))
  t.same(fairness.of(a), NEVER_ASKED)
  t.equal(fairness.of(b).asked, 2)
})
