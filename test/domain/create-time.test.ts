import fc from 'fast-check'
import t from 'tap'
import { type CreateTimeSpan, nextCreateTime, withSpan } from '../../src/domain/create-time.js'

const spans = fc.array(fc.record({ low: fc.bigInt(0n, 5_000n), width: fc.bigInt(0n, 50n) }), { maxLength: 60 })
const holds = (spans: readonly CreateTimeSpan[], time: bigint): boolean =>
  spans.some(({ low, high }) => low <= time && time <= high)

t.test(
  'spans hold every time that was put into them, however many there were, and the last one comes last',
  async t => {
    const seed = Date.now()
    t.comment(`seed ${seed}`)
    fc.assert(
      fc.property(spans, puts => {
        let kept: readonly CreateTimeSpan[] = []
        for (const { low, width } of puts) {
          kept = withSpan(kept, { low, high: low + width })
          const latest = kept.at(-1)
          if (latest === undefined || latest.low > low || latest.high < low + width) throw new Error('not the last')
        }
        if (kept.length > 16) throw new Error(`${kept.length} spans`)
        for (const { low, width } of puts)
          for (const at of [low, low + width]) if (!holds(kept, at)) throw new Error(`${at}`)
        const sorted = [...kept].sort((a, b) => Number(a.low - b.low))
        for (const [n, one] of sorted.entries()) {
          const before = sorted[n - 1]
          if (before !== undefined && before.high >= one.low) throw new Error('they overlap')
        }
      }),
      { seed, numRuns: 500 }
    )
  }
)

t.test('of too many spans the nearest become one: a year ahead stays apart from the present', async t => {
  const ahead = { low: 31_536_000n, high: 31_536_002n }
  let kept: readonly CreateTimeSpan[] = [ahead]
  for (let low = 0n; low < 100_000n; low += 1_000n) kept = withSpan(kept, { low, high: low + 2n })
  t.equal(kept.length, 16)
  t.same(kept[0], ahead)
  t.same(kept.at(-1), { low: 99_000n, high: 99_002n })
})

t.test('a span that is fresh in part holds up an ask for three seconds, not for its length', async t => {
  const clock = { now: 1_000_000, monotonic: 0, epoch: 1, since: 1_000_000, freshSeconds: 600 }
  const day = [{ low: 900n, high: 90_000n }]
  t.match(nextCreateTime([], day, clock), { ok: false, why: 'clock', waitMs: 3_000, aheadSeconds: 602 })
  t.same(nextCreateTime([], day, { ...clock, now: 1_003_000 }), { ok: true, time: 1_602n })
  t.same(nextCreateTime([], [{ low: 1_602n, high: 90_000n }], clock), { ok: true, time: 1_000n }, 'not fresh at all')
  t.same(nextCreateTime([], [{ low: 900n, high: 1_500n }], clock), { ok: true, time: 1_501n }, 'fresh as a whole')
})
