import t, { type Test } from 'tap'
import {
  type ApprovalResult,
  AskCancelledError,
  ChainUnavailableError,
  InsufficientApprovalError,
  InvalidArgumentError,
  NotRunningError,
  RequestExceedLimitError,
  RequestRepeatedError,
  SignError,
  type TaskRecord
} from '../../src/index.js'
import { createTestNetwork, type TestNetwork, type TestNetworkOptions } from '../../src/testing/index.js'
import { onlyConnectionsHeld } from '../support/held.js'

async function network(t: Test, n: number, options?: TestNetworkOptions): Promise<TestNetwork> {
  const made = await createTestNetwork(n, options)
  t.teardown(() => made.stop())
  return made
}

const first = ({ modules: [module] }: TestNetwork) => {
  if (module === undefined) throw new Error('expected a module')
  return module
}
const asksHoldNothing = (t: Test, { modules }: TestNetwork): void => {
  for (const module of modules) onlyConnectionsHeld(t, module.resources())
}
/** Policies that never decide: the SP accepts the ask and stays silent. */
const mute: TestNetworkOptions['options'] = index =>
  index === 0 ? {} : { policy: [() => new Promise<undefined>(() => undefined)], drainMs: 200 }

t.test('an ask ends with signed approvals of distinct SPs and leaves nothing behind', async t => {
  const net = await network(t, 5)
  const asker = first(net)
  const task = net.task()
  const progress: number[] = []
  const result = await asker.handleReplicatePieceApproval(task, {
    min: 3,
    max: 4,
    timeoutMs: 5_000,
    onProgress: ({ approved }) => progress.push(approved)
  })
  t.equal(result.approvals.length, 4)
  t.equal(new Set(result.approvals.map(({ sp }) => sp)).size, 4)
  t.same(progress, [1, 2, 3, 4])
  for (const approved of result.tasks) {
    t.same(await asker.verifyApproval(approved, { role: 'primary' }), { ok: true })
    const granter = net.sps.find(({ address }) => address === approved.approvedSpOperatorAddress)?.module
    t.match(await granter?.verifyApproval(approved, { role: 'secondary' }), { ok: true, grant: { state: 'live' } })
    t.equal((await granter?.grants({ state: 'live' }))?.length, 1)
    t.equal(approved.expiredHeight, 1_900n)
  }
  t.same(asker.queryTasks(''), [])
  t.equal(asker.tasks({ state: 'approved' }).length, 1)
  asksHoldNothing(t, net)
})

t.test('an open network whose list names no peer ids works from one bootstrap entry on', async t => {
  const net = await network(t, 4, { namePeers: false })
  const { approvals } = await first(net).handleReplicatePieceApproval(net.task(), { min: 3, max: 3, timeoutMs: 5_000 })
  t.equal(approvals.length, 3)
})

t.test('running tasks are found by sub-key, refused twice, and cancelled by key or signal', async t => {
  const net = await network(t, 3, { options: mute })
  const asker = first(net)
  const photo = net.task({ bucketName: 'photos', objectName: 'cat.png' })
  const video = net.task({ bucketName: 'videos', objectName: 'cat.mp4' })
  const controller = new AbortController()
  const asks = [
    asker.handleReplicatePieceApproval(photo, { min: 2, max: 2, timeoutMs: 60_000 }),
    asker.handleReplicatePieceApproval(video, { min: 2, max: 2, timeoutMs: 60_000, signal: controller.signal })
  ]
  const keys = (records: readonly TaskRecord[]): string[] => records.map(({ key }) => key)
  t.equal(asker.queryTasks('cat').length, 2)
  t.same(keys(asker.queryTasks('bucket:photos')), [
    `ReplicatePieceApproval-bucket:photos-object:cat.png-id:${photo.objectInfo?.id}`
  ])
  t.same(asker.queryTasks('dog'), [])
  await t.rejects(asker.handleReplicatePieceApproval(photo, { min: 1, max: 1, timeoutMs: 1_000 }), RequestRepeatedError)
  for (const { key } of asker.queryTasks('bucket:photos')) asker.cancelTask(key)
  await t.rejects(asks[0] as Promise<ApprovalResult>, AskCancelledError)
  controller.abort(new Error('changed my mind'))
  const error = await (asks[1] as Promise<ApprovalResult>).catch((cause: unknown) => cause)
  t.type(error, AskCancelledError)
  t.match((error as AskCancelledError).cause, { message: 'changed my mind' })
  t.same(asker.queryTasks(''), [])
  asksHoldNothing(t, net)
})

t.test('a full queue says so and names its capacity', async t => {
  const net = await network(t, 2, { options: index => ({ ...mute(index), queueCapacity: 1 }) })
  const asker = first(net)
  const running = asker.handleReplicatePieceApproval(net.task(), { min: 1, max: 1, timeoutMs: 60_000 })
  const refused = await asker
    .handleReplicatePieceApproval(net.task(), { min: 1, max: 1, timeoutMs: 1_000 })
    .catch((error: unknown) => error)
  t.type(refused, RequestExceedLimitError)
  t.match(refused, { gfsp: { codeSpace: 'TaskQueue', innerCode: 970002 } })
  for (const { key } of asker.queryTasks('')) asker.cancelTask(key)
  await t.rejects(running, AskCancelledError)
  asksHoldNothing(t, net)
})

t.test('an ask that cannot reach min names who was silent', async t => {
  const net = await network(t, 3, { options: mute })
  const asker = first(net)
  const ask = asker.handleReplicatePieceApproval(net.task(), { min: 2, max: 2, timeoutMs: 60_000 })
  const failure = ask.catch((error: unknown) => error)
  await new Promise<void>(resolve => asker.addEventListener('ask:sent', () => resolve(), { once: true }))
  net.clock.advance(60_000)
  const error = await failure
  t.type(error, InsufficientApprovalError)
  if (!(error instanceof InsufficientApprovalError)) return
  t.equal(error.gfsp?.innerCode, 70002)
  t.same(
    [...error.report.silent].sort(),
    net.sps
      .slice(1)
      .map(({ address }) => address)
      .sort()
  )
  t.match(error.message, /0 of 2 .*silent: 0x/)
})

t.test('an SP that is removed, jailed or unlisted neither counts nor is served', async t => {
  const net = await network(t, 5)
  const asker = first(net)
  const [, jailed, removed] = net.sps
  if (jailed === undefined || removed === undefined) throw new Error('expected SPs')
  net.chain.setStatus(jailed.address, 'IN_JAILED')
  net.chain.remove(removed.address)
  const { approvals } = await asker.handleReplicatePieceApproval(net.task(), { min: 2, max: 4, timeoutMs: 5_000 })
  const sps = approvals.map(({ sp }) => sp)
  t.equal(sps.length, 2)
  t.notOk(sps.includes(jailed.address) || sps.includes(removed.address))
  const outsider = removed.module.handleReplicatePieceApproval(
    removed.module.createTask({ bucketName: 'b', objectName: 'o', id: '77', payloadSize: 1n }),
    { min: 1, max: 1, timeoutMs: 500 }
  )
  await t.rejects(outsider, InsufficientApprovalError)
  for (const { module } of net.sps) t.notOk((await module.grants({ asker: removed.address })).length)
})

t.test('an ask that fails for a reason of our own says so, then and in its record', async t => {
  const signer = { sign: () => Promise.reject(new SignError('the signer is away')) }
  const net = await network(t, 2, { options: index => (index === 0 ? { signer, pingPeriodMs: 3_600_000 } : {}) })
  const ask = first(net).handleReplicatePieceApproval(net.task(), { min: 1, max: 1, timeoutMs: 2_000 })
  await t.rejects(ask, { code: 'ERR_SIGN', message: 'the signer is away' })
  t.match(first(net).tasks({ state: 'failed' }), [{ error: { code: 'ERR_SIGN' } }])
  asksHoldNothing(t, net)
})

t.test('without a trustworthy list or height nothing is asked', async t => {
  const net = await network(t, 2)
  net.chain.down = true
  await t.rejects(
    first(net).handleReplicatePieceApproval(net.task(), { min: 1, max: 1, timeoutMs: 1_000 }),
    ChainUnavailableError
  )
  t.equal(first(net).overview().runningTasks, 0)
  asksHoldNothing(t, net)
})

t.test('a wrong call is refused with what was expected and what came', async t => {
  const net = await network(t, 2)
  const asker = first(net)
  const table: [object, RegExp][] = [
    [{ min: 0, max: 1, timeoutMs: 1 }, /min: expected a whole number ≥ 1, got 0/],
    [{ min: 2, max: 1, timeoutMs: 1 }, /max: expected a whole number ≥ min \(2\), got 1/],
    [{ min: 1, max: 1.5, timeoutMs: 1 }, /max: .*got 1.5/],
    [{ min: 1, max: 1, timeoutMs: 0 }, /timeoutMs: expected .*got 0/],
    [{ min: 1, max: 1, timeoutMs: Number.NaN }, /timeoutMs: .*got NaN/]
  ]
  for (const [options, message] of table) {
    const call = asker.handleReplicatePieceApproval(net.task(), options as { min: 1; max: 1; timeoutMs: 1 })
    const error = await call.catch((cause: unknown) => cause)
    t.type(error, InvalidArgumentError)
    t.match((error as Error).message, message)
  }
  const chunks = { redundantDataChunkNum: 65, redundantParityChunkNum: 2, maxSegmentSize: 1n, minChargeSize: 1n }
  t.throws(
    () => asker.createTask({ bucketName: 'b', objectName: 'o', id: '007', payloadSize: 1n }),
    /object_info.id: expected a decimal/
  )
  t.throws(
    () => asker.createTask({ bucketName: '', objectName: 'o', id: '7', payloadSize: 1n }),
    /bucket_name: expected a name/
  )
  t.throws(
    () => asker.createTask({ bucketName: 'b', objectName: 'o', id: '7', payloadSize: 1n }, { versionedParams: chunks }),
    /redundant_data_chunk_num: expected 1 to 64, got 65/
  )
  asksHoldNothing(t, net)
})

t.test('the approved tasks stand in the books of both sides until consumed or released', async t => {
  const net = await network(t, 3)
  const [, granter, other] = net.sps
  if (granter === undefined || other === undefined) throw new Error('expected SPs')
  const { tasks } = await first(net).handleReplicatePieceApproval(net.task(), { min: 2, max: 2, timeoutMs: 5_000 })
  const mine = tasks.find(task => task.approvedSpOperatorAddress === granter.address)
  if (mine === undefined) throw new Error('expected the approval')
  t.match(await other.module.verifyApproval(mine, { role: 'secondary' }), { ok: false, reason: /another SP/ })
  t.match(
    await granter.module.verifyApproval({ ...mine, expiredHeight: mine.expiredHeight + 1n }, { role: 'secondary' }),
    {
      ok: false
    }
  )
  const [grant] = await granter.module.grants({ state: 'live' })
  if (grant === undefined) throw new Error('expected a grant')
  t.equal((await granter.module.consume(grant)).state, 'consumed')
  t.match(await granter.module.verifyApproval(mine, { role: 'secondary' }), { ok: false, reason: /consumed/ })
  net.chain.height = mine.expiredHeight + 1n
  t.match(await first(net).verifyApproval(mine, { role: 'primary' }), { ok: false, reason: /expired/ })
})

t.test('a stopped module refuses, and starts again', async t => {
  const net = await network(t, 3)
  const asker = first(net)
  const task = net.task()
  await asker.stop()
  await t.rejects(asker.handleReplicatePieceApproval(task, { min: 1, max: 1, timeoutMs: 1_000 }), NotRunningError)
  await asker.start()
  await asker.waitForSps(2)
  const { approvals } = await asker.handleReplicatePieceApproval(task, { min: 2, max: 2, timeoutMs: 5_000 })
  t.equal(approvals.length, 2)
})
