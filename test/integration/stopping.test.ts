import t from 'tap'
import { AskCancelledError, InsufficientApprovalError, rules } from '../../src/index.js'
import { createTestNetwork } from '../../src/testing/index.js'

/** The clock is moved: long enough for whatever a busy machine does meanwhile. */
const DRAIN_MS = 120_000
const ASK_MS = 60_000

t.test('a module that stops promises nothing more, while its own asks still run out', async t => {
  // The third refuses, which is silence on this wire.
  const network = await createTestNetwork(3, {
    options: index => ({ drainMs: DRAIN_MS, ...(index === 2 && { policy: [rules.maxPayloadSize('1KiB')] }) })
  })
  t.teardown(() => network.stop())
  const [stopping, other] = network.modules
  if (stopping === undefined || other === undefined) throw new Error('expected two modules')
  const decisions: string[] = []
  let refused = (): void => undefined
  const hasRefused = new Promise<void>(resolve => (refused = resolve))
  stopping.addEventListener('policy:decision', ({ detail: { decision } }) => {
    decisions.push(decision.outcome === 'approve' ? 'approve' : decision.code)
    if (decision.outcome !== 'approve') refused()
  })
  const object = (id: string) => other.createTask({ bucketName: 'b', objectName: 'o', id, payloadSize: 1n << 20n })
  await other.handleReplicatePieceApproval(object('1001'), { min: 1, max: 1, timeoutMs: ASK_MS })
  const running = stopping.handleReplicatePieceApproval(network.task(), { min: 2, max: 2, timeoutMs: 2 * DRAIN_MS })
  const cancelled = t.rejects(running, AskCancelledError)
  const stopped = stopping.stop()
  const unanswered = t.rejects(
    other.handleReplicatePieceApproval(object('1002'), { min: 1, max: 1, timeoutMs: ASK_MS }),
    InsufficientApprovalError
  )
  await hasRefused
  network.clock.advance(ASK_MS)
  await unanswered
  t.strictSame(decisions, ['approve', 'SHUTTING_DOWN'])
  t.equal(stopping.overview().runningTasks, 1)
  network.clock.advance(DRAIN_MS)
  await Promise.all([stopped, cancelled])
})
