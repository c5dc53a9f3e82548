import t from 'tap'
import { restartingPair } from '../../bench/cycles-commands.js'
import * as api from '../../src/index.js'
import * as testing from '../../src/testing/index.js'

/** The hundred of them are `npm run bench -- cycles`. */
const CYCLES = 10

t.test('starts and stops in one process leave no handle, no listener and no heap behind', async t => {
  const pair = await restartingPair({ api, testing })
  t.teardown(() => pair.close())
  for (let i = 0; i < CYCLES; i++) await pair.cycle()
  const before = await pair.leftovers()
  for (let i = 0; i < CYCLES; i++) await pair.cycle()
  const after = await pair.leftovers()
  t.strictSame(after.resources, before.resources)
  t.equal(after.listeners, before.listeners)
  const grown = (after.heapBytes - before.heapBytes) / CYCLES
  // V8 and the libraries still fill their caches this early; the bench has the tight figure.
  t.ok(grown < 192 * 1_024, `${Math.round(grown / 1_024)} KiB a cycle`)
})
