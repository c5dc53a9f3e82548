import t from 'tap'
import { createHttpApi } from '../../src/api/http/index.js'
import { createKey, createP2PModule, InsufficientApprovalError, localSigner, memoryStore } from '../../src/index.js'
import { testChain } from '../../src/testing/index.js'
import { clientOf, TOKEN } from '../api/http/fixture.js'

const TASK = { bucketName: 'b', objectName: 'o', id: '1', payloadSize: 1n }

t.test('under the legacy mode off no SP is reachable, since none could answer', async t => {
  const chain = testChain()
  const start = async (legacyMode: 'auto' | 'off') => {
    const signer = localSigner(createKey())
    const { operatorAddress } = signer
    chain.put({ operatorAddress, approvalAddress: '', endpoint: '', status: 'IN_SERVICE', nodes: [] })
    const module = await createP2PModule({
      operatorAddress,
      signer,
      nodeKey: createKey(),
      chain: chain.connector(operatorAddress, { namePeers: true }),
      store: memoryStore(),
      listen: ['/ip4/127.0.0.1/tcp/0'],
      allowPrivate: true,
      dht: 'off',
      legacyMode
    })
    await module.start()
    t.teardown(() => module.stop())
    return module
  }
  const [other, module] = [await start('auto'), await start('off')]
  await other.waitForSps(1)
  t.match(module.peers(), [{ sp: other.operatorAddress, connected: true }])
  t.equal(module.overview().spsReachable, 0)
  t.match(
    module.sps().find(({ self }) => !self),
    { reachable: false, connected: 1 }
  )
  await t.rejects(module.waitForSps(1, { signal: AbortSignal.timeout(100) }), {
    name: 'WaitAbortedError',
    cause: { name: 'TimeoutError' }
  })
  await t.rejects(
    module.handleReplicatePieceApproval(module.createTask(TASK), { min: 1, max: 1, timeoutMs: 5_000 }),
    InsufficientApprovalError,
    'nor is anybody asked'
  )

  const api = createHttpApi({ module, address: '127.0.0.1:0', token: TOKEN, minSps: 1 })
  await api.start()
  t.teardown(() => api.stop())
  const { status, body } = await clientOf(() => api.url)('GET', '/-/ready')
  t.equal(status, 503)
  t.match(body, { ready: false, unreachable: [{ sp: other.operatorAddress }] })
})
