import '../../src/protocols/patches/with-resolvers.js'
import { identify } from '@libp2p/identify'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { createLibp2p } from 'libp2p'
import t from 'tap'
import { createKey, createP2PModule, localSigner, memoryStore, spApproval } from '../../src/index.js'
import { testChain } from '../../src/testing/index.js'

t.test('the service factory gives an existing libp2p host the same module', async t => {
  const chain = testChain()
  const [borrowed, own] = [localSigner(createKey()), localSigner(createKey())]
  for (const { operatorAddress } of [borrowed, own]) {
    chain.put({ operatorAddress, approvalAddress: '', endpoint: '', status: 'IN_SERVICE', nodes: [] })
  }
  const host = await createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    services: {
      identify: identify(),
      approvals: spApproval({
        operatorAddress: borrowed.operatorAddress,
        signer: borrowed,
        chain: chain.connector(borrowed.operatorAddress, { namePeers: true }),
        store: memoryStore(),
        allowPrivate: true
      })
    }
  })
  t.teardown(() => host.stop())
  const module = await createP2PModule({
    operatorAddress: own.operatorAddress,
    signer: own,
    chain: chain.connector(own.operatorAddress, { namePeers: true }),
    store: memoryStore(),
    listen: ['/ip4/127.0.0.1/tcp/0'],
    allowPrivate: true
  })
  t.teardown(() => module.stop())
  await module.start()
  const { approvals: service } = host.services
  await Promise.all([service.waitForSps(1), module.waitForSps(1)])
  for (const [asker, granter] of [
    [service, own],
    [module, borrowed]
  ] as const) {
    const task = asker.createTask({ bucketName: 'b', objectName: 'o', id: '1', payloadSize: 1n })
    const { approvals } = await asker.handleReplicatePieceApproval(task, { min: 1, max: 1, timeoutMs: 5_000 })
    t.equal(approvals[0]?.sp, granter.operatorAddress)
  }
  t.equal(service.overview().peerId, host.peerId.toString())
})
