/** What the asking side knows: faults that others would answer with silence are told at once, by name. */
import t, { type Test } from 'tap'
import {
  InsufficientApprovalError,
  localSigner,
  type ReplicatePieceApprovalTask,
  type Signer
} from '../../src/index.js'
import { createTestNetwork, type TestNetwork, type TestNetworkOptions } from '../../src/testing/index.js'
import { onlyConnectionsHeld } from '../support/held.js'

const NO_PINGS = { pingPeriodMs: 3_600_000 }

async function network(t: Test, n: number, options?: TestNetworkOptions) {
  const net = await createTestNetwork(n, options)
  t.teardown(() => net.stop())
  const [asker, approver] = net.sps
  if (asker === undefined || approver === undefined) throw new Error('expected two SPs')
  return { net, asker, approver }
}

const nothingHeld = (t: Test, { modules }: TestNetwork): void => {
  for (const module of modules) onlyConnectionsHeld(t, module.resources())
}

t.test(
  'a task that every approver would refuse is refused by createTask and by the ask, which name the field',
  async t => {
    const { net, asker } = await network(t, 2)
    const ask = (task: ReplicatePieceApprovalTask) =>
      asker.module.handleReplicatePieceApproval(task, { min: 1, max: 1, timeoutMs: 5_000 })
    const good = net.task()
    const objects: readonly [object, RegExp][] = [
      [{ contentType: undefined }, /^object_info\.content_type: expected a text, got none$/],
      [{ payloadSize: undefined }, /^object_info\.payload_size: expected an unsigned bigint of 64 bits, got none$/],
      [{ payloadSize: -1n }, /^object_info\.payload_size: .*got -1$/],
      [{ payloadSize: 2n ** 70n }, /^object_info\.payload_size: .*got 1180591620717411303424$/],
      [{ id: 17 }, /^object_info\.id: expected a decimal number .*got 17$/],
      [{ redundancyType: 7 }, /^object_info\.redundancy_type: expected EC or REPLICA, got 7$/]
    ]
    for (const [object, message] of objects) {
      t.throws(() => net.task(object), { code: 'ERR_BAD_TASK', message })
      const objectInfo = { ...good.objectInfo, ...object } as NonNullable<typeof good.objectInfo>
      await t.rejects(ask({ ...good, objectInfo }), { code: 'ERR_BAD_TASK', message })
    }
    t.throws(
      () => asker.module.createTask({ bucketName: 'b', objectName: 'o', id: '1' } as never),
      { code: 'ERR_BAD_TASK', message: /payload_size: .*got none/ },
      'a size that was left out is not zero bytes'
    )
    t.throws(() => asker.module.createTask(undefined as never), {
      code: 'ERR_BAD_TASK',
      message: /object_info: .*none/
    })
    t.throws(() => asker.module.createTask({ ...good.objectInfo } as never, {}, { priority: 0.5 }), /task_priority/)
    t.equal(asker.module.tasks().length, 0)
    nothingHeld(t, net)
    await ask(good)
  }
)

t.test('a task with other data chunks than the chain prescribes is refused at once', async t => {
  const { net, asker } = await network(t, 2)
  const listed = asker.module.sps().find(({ self }) => self)
  if (listed === undefined) throw new Error('expected our own entry')
  const { operatorAddress, approvalAddress, endpoint, status, nodes } = listed
  net.chain.put({ operatorAddress, approvalAddress, endpoint, status, nodes, dataChunks: 6 })
  const ask = asker.module.handleReplicatePieceApproval(net.task(), { min: 1, max: 1, timeoutMs: 60_000 })
  await t.rejects(ask, { code: 'ERR_BAD_TASK', message: /redundant_data_chunk_num: the chain prescribes 6, got 4/ })
  nothingHeld(t, net)
})

t.test('a signer that gives no signature ends the ask at once with ERR_SIGN, and nobody is called silent', async t => {
  const results: unknown[] = [undefined, 'signature', new Uint8Array(65), { length: 65 }]
  let result: unknown
  const signer: Signer = { sign: () => result as Uint8Array }
  const options: TestNetworkOptions['options'] = index => (index === 0 ? { signer, ...NO_PINGS } : {})
  const { net, asker } = await network(t, 2, { options })
  for (result of results) {
    const begun = performance.now()
    const ask = asker.module.handleReplicatePieceApproval(net.task(), { min: 1, max: 1, timeoutMs: 60_000 })
    await t.rejects(ask, { code: 'ERR_SIGN' })
    t.ok(performance.now() - begun < 30_000, 'long before its deadline')
  }
  nothingHeld(t, net)
})

t.test('an approver whose signer breaks after its first signature grants nothing and holds no capacity', async t => {
  let sign: Signer['sign'] = () => new Uint8Array(0)
  const signer: Signer = { sign: (...args) => sign(...args) }
  const options: TestNetworkOptions['options'] = index => (index === 1 ? { signer, ...NO_PINGS } : {})
  const { net, asker, approver } = await network(t, 2, { options })
  const local = localSigner(approver.operatorKey)
  sign = local.sign
  const ask = () => asker.module.handleReplicatePieceApproval(net.task(), { min: 1, max: 1, timeoutMs: 1_000 })
  await ask()
  t.equal((await approver.module.grants()).length, 1)
  sign = () => new Uint8Array(65).fill(1)
  await t.rejects(ask(), InsufficientApprovalError)
  t.equal((await approver.module.grants()).length, 1, 'no record of a promise that nobody could use')
  t.equal(approver.module.overview().liveGrants, 1)
  sign = local.sign
  await ask()
})

t.test('asks and doctor of a jailed SP, and of one that is off the list, name that instead of the network', async t => {
  const { net, asker } = await network(t, 5)
  const ask = () => asker.module.handleReplicatePieceApproval(net.task(), { min: 4, max: 4, timeoutMs: 500 })
  for (const [change, why] of [
    [() => net.chain.setStatus(asker.address, 'IN_JAILED'), /with the status IN_JAILED/],
    [() => net.chain.remove(asker.address), /is not on the list/]
  ] as const) {
    change()
    const error: unknown = await ask().catch((cause: unknown) => cause)
    t.type(error, InsufficientApprovalError)
    t.match((error as Error).message, why)
    t.match(error, { hint: 'diagnose() says what to do about it' })
    const findings = await asker.module.diagnose({ min: 4 })
    t.match(
      findings
        .filter(({ verdict }) => verdict === 'fail')
        .map(({ check }) => check)
        .sort(),
      ['listed', 'reachable'],
      'and nothing is said against our own network'
    )
    t.match(findings.find(({ check }) => check === 'reachable')?.what, why)
  }
})
