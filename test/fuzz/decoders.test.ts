import t from 'tap'
import { fuzzDecoders } from './decoders.js'

/** The long run is `npm run fuzz`. */
const INPUTS = 200_000

t.test('random and changed bytes give a message or a DecodeError, and nothing else', async t => {
  const seed = Math.floor(Math.random() * 2 ** 32)
  t.comment(`seed ${seed}`)
  const result = await fuzzDecoders({ inputs: INPUTS, seed, costs: false })
  t.equal(result.inputs, INPUTS)
  t.same(result.examples, [], `no escapes (seed ${seed})`)
  t.equal(result.escapes, 0)
  t.ok(result.accepted > INPUTS / 20, `${result.accepted} were changed into other good messages`)
  for (const reason of ['malformed', 'invalid-utf8', 'non-canonical-id', 'missing-object-info', 'too-many-elements']) {
    t.ok((result.refused[reason] ?? 0) > 0, `some are refused as ${reason}`)
  }
})

t.test('the same seed gives the same inputs, and an abort ends the run', async t => {
  const runs = await Promise.all([
    fuzzDecoders({ inputs: 500, seed: 7, costs: false }),
    fuzzDecoders({ inputs: 500, seed: 7, costs: false })
  ])
  t.same(runs[0]?.refused, runs[1]?.refused)
  const aborted = await fuzzDecoders({ inputs: 500, seed: 7, signal: AbortSignal.abort() })
  t.equal(aborted.inputs, 0)
})
