import t, { type Test } from 'tap'
import { askDigest, taskDigests } from '../../src/codec/digest.js'
import type { Height } from '../../src/domain/brands.js'
import { grantKey } from '../../src/domain/grant.js'
import type { ReplicatePieceApprovalTask } from '../../src/domain/task.js'
import {
  completeObjectInfo,
  completeStorageParams,
  EMPTY_TASK,
  EMPTY_TASK_INFO
} from '../../src/domain/task-defaults.js'
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
  /** The approver's approval of a task, until a height. */
  const approve = async (changes: Partial<ReplicatePieceApprovalTask> = {}) => {
    const message = { ...unsigned, ...changes }
    const [digest] = taskDigests(message, message.expiredHeight)
    if (digest === undefined) throw new Error('expected a digest')
    return { ...message, approvedSignature: await approver.sign(digest, { type: 'task', message }) }
  }
  const task = await approve()
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
  const key = grantKey(asker.operatorAddress, '0')
  return { task, approve, parts, entries, ledger, key, asker: asker.operatorAddress, other: other.operatorAddress }
}

t.test('a secondary finds its grant for the object that a Go peer names with the empty id', async t => {
  const { task, parts, asker } = await approval(t)
  t.match(await verifyApproval(task, 'secondary', parts), { ok: true, grant: { state: 'live' } })
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

t.test('a secondary takes pieces for a live grant only', async t => {
  for (const end of ['consume', 'release'] as const) {
    const { task, parts, ledger, key } = await approval(t)
    await ledger[end](key)
    t.match(await verifyApproval(task, 'secondary', parts), { ok: false, reason: `the grant is ${end}d` })
  }
  const { approve, parts } = await approval(t)
  const unasked = await approve({ objectInfo: completeObjectInfo({ id: '5', bucketName: 'b', objectName: 'o' }) })
  t.match(await verifyApproval(unasked, 'secondary', parts), { ok: false, reason: /no grant of ours/ })
})

t.test('a secondary takes no approval of another ask of the object, although it signed that too', async t => {
  const { task, approve, parts } = await approval(t)
  const anothers = { ok: false, reason: 'the grant is for another ask of the same object' }
  const later = await approve({ task: { ...EMPTY_TASK_INFO, createTime: 1n } })
  t.same(await verifyApproval(later, 'secondary', parts), anothers, 'an ask with another nonce')
  const longer = await approve({ expiredHeight: task.expiredHeight + 1n })
  t.same(await verifyApproval(longer, 'secondary', parts), anothers, 'until another height')
})

t.test('both roles look at listing, height and signature', async t => {
  const { task, parts, entries, asker, other } = await approval(t)
  const roles = { secondary: parts, primary: { ...parts, operatorAddress: asker } }
  const at = (height: bigint) => ({ ...parts.chain, heights: { height: () => height as Height } })
  for (const role of ['secondary', 'primary'] as const) {
    const own = roles[role]
    const refused = async (changes: Partial<typeof parts>, reason: RegExp, altered = task): Promise<void> => {
      t.match(await verifyApproval(altered, role, { ...own, ...changes }), { ok: false, reason }, `${role}: ${reason}`)
    }
    for (const sp of [asker, parts.operatorAddress]) {
      const without = entries.filter(entry => entry.operatorAddress !== sp)
      const jailed = { ...entries[0], operatorAddress: sp, status: 'IN_JAILED' } as SpEntry
      const listed = (list: readonly SpEntry[]) => ({
        entryOf: (of: SpEntry['operatorAddress']) => list.find(entry => entry.operatorAddress === of)
      })
      await refused(listed(without), /is not listed/)
      await refused(listed([jailed, ...without]), /is IN_JAILED/)
    }
    t.match(await verifyApproval(task, role, { ...own, chain: at(1_900n) }), { ok: true }, 'at its very height')
    await refused({ chain: at(1_901n) }, /expired at height 1900, it is 1901/)
    await refused({}, /approved_signature/, { ...task, approvedSignature: task.approvedSignature.with(9, 0) })
    await refused({}, /approved_signature/, { ...task, expiredHeight: 1_901n })
  }
  t.not(other, asker)
})
