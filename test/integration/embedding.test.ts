/** What somebody sees who embeds the module. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { createHttpApi, createMetricsServer, createProbeServer } from '../../src/api/http/index.js'
import { createCoordinator } from '../../src/coordinator/index.js'
import {
  coordinatorChain,
  createP2PModule,
  customChain,
  filePolicy,
  grantKey,
  grantToJson,
  InvalidArgumentError,
  levelBook,
  levelStore,
  listPolicy,
  localSigner,
  reportToJson,
  spApproval,
  staticChain,
  taskKey,
  VERSION,
  WaitAbortedError
} from '../../src/index.js'
import { createTestNetwork, type TestNetworkOptions } from '../../src/testing/index.js'

/** Everything that is made from options. */
const FACTORIES = {
  createP2PModule,
  spApproval,
  createHttpApi,
  createMetricsServer,
  createProbeServer,
  createCoordinator,
  staticChain,
  coordinatorChain,
  customChain,
  filePolicy,
  listPolicy,
  levelStore,
  levelBook,
  localSigner
}

async function network(t: Test, n: number, options?: TestNetworkOptions) {
  const made = await createTestNetwork(n, options)
  t.teardown(() => made.stop())
  const [asker, granter] = made.modules
  if (asker === undefined || granter === undefined) throw new Error('expected two modules')
  return { ...made, asker, granter }
}

t.test('one abort signal serves 60 asks, pings and waits without a warning', async t => {
  const warnings: Error[] = []
  const onWarning = (warning: Error): void => void warnings.push(warning)
  process.on('warning', onWarning)
  t.teardown(() => process.off('warning', onWarning))
  const { asker, granter, task } = await network(t, 2)
  const controller = new AbortController()
  const { signal } = controller
  const peerId = granter.overview().peerId ?? ''
  const asks = Array.from({ length: 60 }, () =>
    asker.handleReplicatePieceApproval(task(), { min: 1, max: 1, timeoutMs: 20_000, signal })
  )
  const others = Array.from({ length: 20 }, () => [asker.pingPeer(peerId, { signal }), asker.waitForSps(1, { signal })])
  t.equal((await Promise.all(asks)).length, 60)
  await Promise.all(others.flat())
  const waiting = Array.from({ length: 20 }, () => asker.waitForSps(9, { signal }).catch((error: unknown) => error))
  controller.abort()
  for (const error of await Promise.all(waiting)) t.type(error, WaitAbortedError)
  await setImmediate()
  t.strictSame(warnings, [])
})

t.test('an aborted wait says how far it came and who is missing', async t => {
  const { asker, sps, modules } = await network(t, 3)
  await modules[2]?.stop()
  const missing = sps[2]?.address ?? ''
  const controller = new AbortController()
  const wait = asker.waitForSps(3, { signal: controller.signal })
  asker.addEventListener('peer:failed', () => controller.abort(new Error('enough')), { once: true })
  setTimeout(() => controller.abort(new Error('enough')), 500).unref()
  const error = await wait.catch((thrown: unknown) => thrown)
  t.match(error, {
    name: 'WaitAbortedError',
    code: 'ERR_WAIT_ABORTED',
    min: 3,
    cause: { message: 'enough' },
    message: /^wait: aborted at [12] of 3: /
  })
  t.match(error instanceof WaitAbortedError && error.reachable === 1 ? error.missing : [missing], [missing])
  await t.rejects(asker.waitForSps(9, { signal: AbortSignal.abort() }), WaitAbortedError, 'aborted before the call')
  const ping = asker.pingPeer(modules[1]?.overview().peerId ?? '', { signal: AbortSignal.abort() })
  await t.rejects(ping, { code: 'ERR_UNREACHABLE' })
})

t.test('a grant is found by its approval, and ended by itself, its key or its task', async t => {
  const { asker, granter, task } = await network(t, 2)
  const approved = async () => {
    const asked = task()
    const { tasks } = await asker.handleReplicatePieceApproval(asked, { min: 1, max: 1, timeoutMs: 5_000 })
    const [signed] = tasks
    if (signed === undefined) throw new Error('expected an approval')
    const verdict = await granter.verifyApproval(signed, { role: 'secondary' })
    return { signed, grant: verdict.ok ? verdict.grant : undefined }
  }
  const [one, two, three] = [await approved(), await approved(), await approved()]
  t.match(one.grant, { state: 'live', key: grantKey(one.signed), taskKey: taskKey(one.signed) })
  t.equal(taskKey(one.signed), taskKey(one.signed.objectInfo), 'of the task as of its object')
  t.equal(grantKey({ ...one.signed, askSpOperatorAddress: asker.operatorAddress.toLowerCase() }), one.grant?.key)
  if (one.grant === undefined) throw new Error('expected a grant')
  t.equal((await granter.consume(one.grant)).state, 'consumed')
  t.equal((await granter.consume(grantKey(two.signed))).state, 'consumed')
  t.equal((await granter.releaseGrant({ key: grantKey(three.signed) })).state, 'released')
  t.strictSame(await asker.verifyApproval(one.signed, { role: 'primary' }), { ok: true }, 'a primary has no grant')
})

t.test('report and grant have a form that JSON carries', async t => {
  const { asker, granter, task } = await network(t, 2)
  const { report } = await asker.handleReplicatePieceApproval(task(), { min: 1, max: 1, timeoutMs: 5_000 })
  const json = JSON.parse(JSON.stringify(reportToJson(report)))
  const [approval] = report.approvals
  t.match(json, {
    key: report.key,
    approvals: [
      {
        sp: granter.operatorAddress,
        expiredHeight: `${approval?.expiredHeight}`,
        signature: Buffer.from(approval?.signature ?? []).toString('base64')
      }
    ]
  })
  const [grant] = await granter.grants()
  if (grant === undefined) throw new Error('expected a grant')
  const written = JSON.parse(JSON.stringify(grantToJson(grant)))
  t.match(written, { reservedBytes: `${grant.reservedBytes}`, answer: Buffer.from(grant.answer).toString('base64') })
})

t.test('a call without what it needs is ERR_INVALID_ARGUMENT, never a TypeError', async t => {
  const { asker, task } = await network(t, 2)
  const module = asker as unknown as Record<string, (...args: unknown[]) => unknown>
  const calls: Record<string, () => unknown> = {
    ...Object.fromEntries(
      [
        'consume',
        'releaseGrant',
        'peer',
        'addPeer',
        'removePeer',
        'pingPeer',
        'blockPeer',
        'unblockPeer',
        'waitForSps'
      ].map(name => [name, () => module[name]?.()])
    ),
    ask: () => module.handleReplicatePieceApproval?.(task()),
    verifyApproval: () => module.verifyApproval?.(task()),
    'verifyApproval without a role': () => module.verifyApproval?.(task(), {}),
    explainPolicy: () => module.explainPolicy?.(task()),
    ...Object.fromEntries(
      Object.entries(FACTORIES).flatMap(([name, make]) => [
        [name, () => (make as (...args: unknown[]) => unknown)()],
        [`${name} of {}`, () => (make as (...args: unknown[]) => unknown)({})]
      ])
    )
  }
  delete calls['spApproval of {}']
  for (const [name, call] of Object.entries(calls)) {
    await t.rejects(async () => await call(), InvalidArgumentError, name)
  }
  const options = { operatorAddress: asker.operatorAddress, signer: { sign: () => new Uint8Array() } }
  await t.rejects(createP2PModule(options as never), { message: /^chain: expected a chain connector/ })
  const bad = { ...options, signer: undefined, chain: {} }
  await t.rejects(createP2PModule(bad as never), { message: /^signer: expected a signer, got undefined/ })
})

t.test('every type that the contract names can be imported from the package', async t => {
  const source = (name: string): string => readFileSync(join(process.cwd(), 'src', name), 'utf8')
  const index = source('index.ts')
  const names = ['contract.ts', 'events.ts', 'task-record.ts', 'policy/index.ts', 'chain/index.ts', 'store/index.ts']
  const whole = [...index.matchAll(/export (?:type )?\* from '\.\/([^']+)\.js'/g)]
    .map(([, file]) => source(`${file}.ts`))
    .concat(source('domain/gen/messages.ts'))
  const exported = new Set(
    [
      ...[...index.matchAll(/export (?:type )?\{([^}]*)\}/g)].flatMap(([, list = '']) => list.split(',')),
      ...whole.flatMap(text =>
        [...text.matchAll(/export (?:interface|type|class|const|function) (\w+)/g)].map(m => m[1] ?? '')
      )
    ].map(name =>
      name
        .replace(/^\s*(type )?/, '')
        .replace(/^.* as /, '')
        .trim()
    )
  )
  for (const name of names) {
    const imported = [...source(name).matchAll(/import type \{([^}]*)\} from '\.[^']*'/g)]
    const used = imported.flatMap(([, list = '']) => list.split(',').map(each => each.trim()))
    t.strictSame(
      used.filter(each => each !== '' && !exported.has(each)),
      [],
      `of ${name}`
    )
  }
})

t.test('VERSION is the version of the package', async t => {
  t.equal(VERSION, JSON.parse(readFileSync(join(process.cwd(), 'package.json'), 'utf8')).version)
})
