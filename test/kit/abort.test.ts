import { getEventListeners } from 'node:events'
import t from 'tap'
import { withOwnSignal } from '../../src/kit/abort.js'

t.test("a caller's signal gets one listener, however often it is given, and its reason arrives", async t => {
  const controller = new AbortController()
  const given = { signal: controller.signal, min: 1 }
  const [first, second] = [withOwnSignal(given), withOwnSignal(given)]
  t.equal(first.signal, second.signal)
  t.not(first.signal, controller.signal)
  t.equal(first.min, 1)
  t.equal(getEventListeners(controller.signal, 'abort').length, 1)
  controller.abort('enough')
  t.equal(first.signal.reason, 'enough')
  t.equal(withOwnSignal({ signal: AbortSignal.abort('before') }).signal.reason, 'before')
})

t.test('options without a signal stay as they are', async t => {
  const options: { readonly min: number; readonly signal?: AbortSignal } = { min: 1 }
  t.equal(withOwnSignal(options), options)
})
