import t, { type Test } from 'tap'
import { askDigest, taskDigests } from '../../src/codec/digest.js'
import type { Height } from '../../src/domain/brands.js'
import { completeObjectInfo, completeStorageParams, EMPTY_TASK } from '../../src/domain/task-defaults.js'
import { taskKey } from '../../src/domain/task-key.js'
import { createGrantLedger } from '../../src/grants/index.js'
import { createKey, createVerifier, defaultPolicy, localSigner, memoryStore, type SpEntry } from '../../src/index.js'
import { verifyApproval } from '../../src/module/verify-approval.js'
import { fakeClock } from '../../src/testing/fake-clock.js'
import { testChain } from '../../src/testing/index.js'

/** An approval of an object that a Go peer names with the empty id, and the parts of the SP that gave it. */
async function approval(t: Test) {
  const [asker, approver, other] = [localSigner(createKey()), localSigner(createKey()), localSigner(createKey())]
  const entries = [asker, approver, other].map(
    ({ operatorAddress }): SpEntry => ({
      operatorAddress,
      approvalAddress: '',
      endpoint: '',
      status: 'IN_SERVICE',
      nodes: []
    })
  )
  const store = memoryStore()
  await store.open()
  const ledger = createGrantLedger({ store, limits: () => defaultPolicy().limits(), clock: fakeClock() })
  await ledger.start()
  t.teardown(() => ledger.stop())
  const expiredHeight = 1_900n as Height
  const unsigned = {
    ...EMPTY_TASK,
    objectInfo: { ...completeObjectInfo({ bucketName: 'b', objectName: 'o', payloadSize: 8n }), id: '' },
    storageParams: completeStorageParams(),
    askSpOperatorAddress: asker.operatorAddress,
    approvedSpOperatorAddress: approver.operatorAddress,
    expiredHeight
  }
  const [digest] = taskDigests(unsigned, expiredHeight)
  if (digest === undefined) throw new Error('expected a digest')
  const task = { ...unsigned, approvedSignature: await approver.sign(digest, { type: 'task', message: unsigned }) }
  await ledger.promise({
    asker: asker.operatorAddress,
    objectId: '0',
    taskKey: taskKey(task.objectInfo),
    wire: '0.0.1',
    nonce: 0n,
    askDigest: askDigest(task),
    fingerprint: '',
    reservedBytes: 8n,
    recordSize: 1,
    expiredHeight,
    grantedHeight: 1_000n as Height,
    sign: async () => new Uint8Array(1)
  })
  const parts = {
    operatorAddress: approver.operatorAddress,
    entryOf: (sp: SpEntry['operatorAddress']) => entries.find(entry => entry.operatorAddress === sp),
    chain: testChain(1_000n).connector(approver.operatorAddress, { namePeers: true }),
    verifier: createVerifier(),
    ledger
  }
  return { task, parts, asker: asker.operatorAddress, other: other.operatorAddress }
}

t.test('a secondary finds its grant for the object that a Go peer names with the empty id', async t => {
  const { task, parts, asker } = await approval(t)
  t.same(await verifyApproval(task, 'secondary', parts), { ok: true })
  t.same(await verifyApproval(task, 'primary', { ...parts, operatorAddress: asker }), { ok: true })
})

t.test('a primary takes the approval of its own ask only, however its address is spelled', async t => {
  const { task, parts, asker, other } = await approval(t)
  const anothers = { ok: false, reason: 'the approval is another SP’s' }
  t.same(await verifyApproval(task, 'primary', { ...parts, operatorAddress: other }), anothers)
  const named = (address: string) => ({ ...task, askSpOperatorAddress: address })
  t.same(await verifyApproval(named(other), 'primary', { ...parts, operatorAddress: asker }), anothers)
  t.same(await verifyApproval(named(asker.toLowerCase()), 'primary', { ...parts, operatorAddress: asker }), {
    ok: true
  })
})
