import t from 'tap'
import { fuzzStreams } from './streams.js'

/** The long run is `npm run fuzz`. */
const INPUTS = 1_500

t.test('bad streams of every kind escape no guard and leave nothing behind', async t => {
  const seed = Math.floor(Math.random() * 2 ** 32)
  t.comment(`seed ${seed}`)
  const result = await fuzzStreams({ inputs: INPUTS, seed })
  t.equal(result.inputs, INPUTS)
  t.same(result.examples, [], `no escapes (seed ${seed})`)
  t.ok(result.understood > INPUTS / 50, `${result.understood} were messages in spite of all`)
  t.comment(`longest stall ${result.maxStallMs.toFixed(1)} ms`)
})
