/**
 * A process of SPs for the benches: `node peers.js COUNT`. Tells its SPs to the parent, takes the list of all SPs from
 * it, and serves until the parent goes. SIGSTOP makes all of them accept and stay silent.
 */
import { createKey, createP2PModule, localSigner, memoryStore, type P2PModule, type SpEntry } from '../src/index.js'
import { testChain } from '../src/testing/index.js'

const count = Number(process.argv[2])
const chain = testChain()
const modules: P2PModule[] = []
const entries: SpEntry[] = []

for (let i = 0; i < count; i++) {
  const signer = localSigner(createKey())
  const module = await createP2PModule({
    operatorAddress: signer.operatorAddress,
    signer,
    chain: chain.connector(signer.operatorAddress, { namePeers: false }),
    store: memoryStore(),
    listen: ['/ip4/127.0.0.1/tcp/0'],
    allowPrivate: true,
    pingPeriodMs: 15_000
  })
  await module.start()
  const { peerId, addresses, operatorAddress } = module.overview()
  if (peerId === undefined) throw new Error('expected a started module')
  modules.push(module)
  entries.push({
    operatorAddress,
    approvalAddress: '',
    endpoint: '',
    status: 'IN_SERVICE',
    nodes: [{ peerId, addresses }]
  })
}

process.on('message', (list: SpEntry[]) => {
  for (const entry of list) chain.put(entry)
})
process.on('disconnect', () => process.exit(0))
process.send?.(entries)
