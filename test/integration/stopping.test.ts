import t from 'tap'
import { AskCancelledError, InsufficientApprovalError, rules } from '../../src/index.js'
import { createTestNetwork } from '../../src/testing/index.js'

t.test('a module that stops promises nothing more, while its own asks still run out', async t => {
  // The third refuses, which is silence on this wire.
  const network = await createTestNetwork(3, {
    options: index => ({ drainMs: 1_000, ...(index === 2 && { policy: [rules.maxPayloadSize('1KiB')] }) })
  })
  t.teardown(() => network.stop())
  const [stopping, other] = network.modules
  if (stopping === undefined || other === undefined) throw new Error('expected two modules')
  const decisions: string[] = []
  stopping.addEventListener('policy:decision', ({ detail: { decision } }) => {
    decisions.push(decision.outcome === 'approve' ? 'approve' : decision.code)
  })
  const object = (id: string) => other.createTask({ bucketName: 'b', objectName: 'o', id, payloadSize: 1n << 20n })
  await other.handleReplicatePieceApproval(object('1001'), { min: 1, max: 1, timeoutMs: 5_000 })
  const running = stopping.handleReplicatePieceApproval(network.task(), { min: 2, max: 2, timeoutMs: 20_000 })
  const cancelled = t.rejects(running, AskCancelledError)
  const stopped = stopping.stop()
  await t.rejects(
    other.handleReplicatePieceApproval(object('1002'), { min: 1, max: 1, timeoutMs: 500 }),
    InsufficientApprovalError
  )
  t.strictSame(decisions, ['approve', 'SHUTTING_DOWN'])
  await Promise.all([stopped, cancelled])
})
