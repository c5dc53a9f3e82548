import t from 'tap'
import {
  createKey,
  createP2PModule,
  localSigner,
  memoryStore,
  operatorAddressOf,
  type P2PModule
} from '../../../src/index.js'
import { testChain } from '../../../src/testing/test-chain.js'
import { until } from '../v0/harness.js'

const SPS = 6

t.test('on an open network everyone finds everyone from one entry each', async t => {
  const chain = testChain()
  const keys = Array.from({ length: SPS }, () => createKey())
  for (const key of keys) {
    const operatorAddress = operatorAddressOf(key)
    chain.put({ operatorAddress, approvalAddress: '', endpoint: '', status: 'IN_SERVICE', nodes: [] })
  }
  const modules: P2PModule[] = []
  t.teardown(() => Promise.all(modules.map(module => module.stop())))
  for (const key of keys) {
    const signer = localSigner(key)
    const module = await createP2PModule({
      operatorAddress: signer.operatorAddress,
      signer,
      nodeKey: createKey(),
      chain: chain.connector(signer.operatorAddress, { namePeers: false }),
      store: memoryStore(),
      listen: ['/ip4/127.0.0.1/tcp/0'],
      bootstrap: modules[0]?.handleQueryBootstrap() ?? [],
      allowPrivate: true,
      pingPeriodMs: 10_000
    })
    modules.push(module)
    await module.start()
  }
  const isWhole = (): boolean => modules.every(module => module.sps().every(({ self, reachable }) => self || reachable))
  const cpu = process.cpuUsage()
  const begun = performance.now()
  await until(isWhole, 'a node of every SP connected everywhere', 200_000)
  const { user, system } = process.cpuUsage(cpu)
  t.comment(
    `${SPS} nodes: ${Math.round(performance.now() - begun)} ms, ${Math.round((user + system) / 1_000)} ms of CPU`
  )
  for (const module of modules) {
    const claimed = new Set(module.peers({ state: 'claimed' }).map(({ sp }) => sp))
    t.equal(claimed.size, SPS - 1, 'a claimed node of every other SP')
  }
  t.ok(
    modules.slice(1).some(module => module.peers().some(({ source }) => source === 'dht')),
    'found through the DHT: there are no lists, pongs or other entries'
  )
})
