import t from 'tap'
import { lineOf } from './figures.js'
import { seedOf } from './options.js'
import { type Row, seeded } from './row.js'
import { createScope } from './scope.js'

/** Seconds on a quiet machine; tap's own 30 s would end one on a machine that is several times slower. */
const TIMEOUT_MS = 180_000

/** A row's short form as a test: every figure that has a goal is an assertion. */
export function shortForm(row: Row): void {
  t.test(row.shows, { timeout: TIMEOUT_MS }, async t => {
    const seed = seedOf(process.env.SP_APPROVAL_CHAOS_SEED, 'SP_APPROVAL_CHAOS_SEED')
    t.comment(`seed ${seed}`)
    const scope = createScope({ short: true })
    t.teardown(() => scope.close())
    const figures = await row.run({ short: true, random: seeded(seed), say: text => t.comment(text), scope })
    for (const figure of figures) t.ok(figure.ok, lineOf(figure))
  })
}
