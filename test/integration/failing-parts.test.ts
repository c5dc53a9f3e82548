import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import {
  type ApprovalPolicy,
  type ApprovalStore,
  type ChainConnector,
  createKey,
  createP2PModule,
  defaultPolicy,
  InsufficientApprovalError,
  LifecycleError,
  localSigner,
  memoryStore,
  type Signer
} from '../../src/index.js'
import { createTestNetwork, testChain } from '../../src/testing/index.js'

/** Long enough for a busy machine; the clock is moved. */
const ASK_MS = 60_000

const never = new Promise<never>(() => undefined)

t.test('a start that fails tells its own reason, also where closing fails, and can be tried again', async t => {
  const signer = localSigner(createKey())
  const faults = { start: true, stop: true }
  const whole = testChain().connector(signer.operatorAddress, { namePeers: true })
  const chain: ChainConnector = {
    ...whole,
    start: async () => {
      if (faults.start) throw new Error('no list')
      await whole.start()
    },
    stop: async () => {
      if (faults.stop) throw new Error('no state')
      await whole.stop()
    }
  }
  const module = await createP2PModule({
    operatorAddress: signer.operatorAddress,
    signer,
    chain,
    store: memoryStore(),
    listen: ['/ip4/127.0.0.1/tcp/0']
  })
  await t.rejects(module.start(), { message: 'no list' })
  t.equal(module.overview().state, 'stopped')
  faults.start = false
  await module.start()
  t.equal(module.overview().state, 'started')
  await t.rejects(module.stop(), LifecycleError, 'a stop that left something open says so')
  t.equal(module.overview().state, 'stopped', 'and is over all the same')
  faults.stop = false
  await module.stop()
})

t.test('a life of our own promises that our own bounds refuse is refused at once', async t => {
  const signer = localSigner(createKey())
  const init = {
    operatorAddress: signer.operatorAddress,
    signer,
    chain: testChain().connector(signer.operatorAddress, { namePeers: true })
  }
  await t.rejects(createP2PModule({ ...init, maxLifeBlocks: 899n }), { message: /maxLifeBlocks.*at least 900 blocks/ })
  await t.rejects(createP2PModule({ ...init, lifeBlocks: 10_001n }), {
    message: /maxLifeBlocks.*at least 10001 blocks/
  })
  await createP2PModule({ ...init, lifeBlocks: 10_001n, maxLifeBlocks: 10_001n })
})

t.test('a policy that never decides does not hold up the stop for longer than its bound', async t => {
  let asked: () => void = () => undefined
  const inWork = new Promise<void>(resolve => (asked = resolve))
  const policy: ApprovalPolicy = {
    ...defaultPolicy(),
    decide: () => {
      asked()
      return new Promise(() => undefined)
    }
  }
  const network = await createTestNetwork(2, { options: index => (index === 1 ? { policy, drainMs: 200 } : {}) })
  t.teardown(() => network.stop())
  const [asker, granter] = network.modules
  if (asker === undefined) throw new Error('expected two modules')
  const ask = asker.handleReplicatePieceApproval(network.task(), { min: 1, max: 1, timeoutMs: ASK_MS })
  const refused = t.rejects(ask, InsufficientApprovalError)
  await inWork
  await granter?.stop()
  t.equal(granter?.overview().state, 'stopped')
  network.clock.advance(ASK_MS)
  await refused
})

for (const [hanging, hang] of [
  ['putGrant', { putGrant: () => never }],
  ['close', { close: () => never }],
  ['putGrant and close', { putGrant: () => never, close: () => never }]
] as const) {
  t.test(`a store whose ${hanging} never returns does not hold up the stop for longer than its bound`, async t => {
    let written: () => void = () => undefined
    const inWork = new Promise<void>(resolve => (written = resolve))
    const whole = memoryStore()
    const hung: ApprovalStore = { ...whole, ...hang }
    const store: ApprovalStore = {
      ...hung,
      putGrant: grant => {
        written()
        return hung.putGrant(grant)
      }
    }
    const network = await createTestNetwork(2, { options: index => (index === 1 ? { store, drainMs: 3_000 } : {}) })
    t.teardown(() => network.stop())
    const [asker, granter] = network.modules
    if (asker === undefined || granter === undefined) throw new Error('expected two modules')
    const ask = asker.handleReplicatePieceApproval(network.task(), { min: 1, max: 1, timeoutMs: ASK_MS })
    const asked = ask.catch((error: unknown) => error)
    await inWork
    const begun = network.clock.monotonic()
    let stopped = false
    const stop = t.rejects(
      granter.stop().finally(() => {
        stopped = true
      }),
      { code: 'ERR_LIFECYCLE', message: /^p2p: not everything stopped cleanly: .*(store|asks and grants) \(/ }
    )
    while (!stopped && network.clock.monotonic() - begun < 60_000) {
      await pause(10)
      network.clock.advance(100)
    }
    t.ok(network.clock.monotonic() - begun < 4_000, 'though the store hangs')
    await stop
    t.equal(granter.overview().state, 'stopped')
    network.clock.advance(ASK_MS)
    await asked
  })
}

t.test('a signer that never answers is given up: doctor says so, and an ask ends with ERR_SIGN', async t => {
  const signer: Signer = { sign: () => new Promise(() => undefined) }
  const network = await createTestNetwork(2, { options: index => (index === 0 ? { signer } : {}) })
  t.teardown(() => network.stop())
  const [hung] = network.modules
  if (hung === undefined) throw new Error('expected a module')
  const diagnosis = hung.diagnose()
  const ask = hung.handleReplicatePieceApproval(network.task(), { min: 1, max: 1, timeoutMs: ASK_MS })
  const failed = t.rejects(ask, { code: 'ERR_SIGN', message: /took longer than 3000 ms/ })
  await pause(100)
  network.clock.advance(3_000)
  t.match(
    (await diagnosis).find(({ check }) => check === 'key'),
    { verdict: 'fail', what: /signing failed: .*took longer than 3000 ms/ }
  )
  await failed
})
