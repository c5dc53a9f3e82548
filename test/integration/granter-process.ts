/** One SP in a process of its own, with its store on disk: `node granter-process.js DIR OPERATOR_KEY_HEX`. */
import { createP2PModule, localSigner, parseKeyHex, type SpEntry } from '../../src/index.js'
import { testChain } from '../../src/testing/index.js'

/** What the parent is told once it has started. */
export interface GranterReport {
  readonly entry: SpEntry
  readonly grants: readonly { readonly objectId: string; readonly expiredHeight: string; readonly answer: string }[]
  /** State of its store. */
  readonly store: string
}

const [, , dataDir, key] = process.argv
if (dataDir === undefined || key === undefined) throw new Error('usage: granter-process.js DIR OPERATOR_KEY_HEX')

const chain = testChain()
const signer = localSigner(parseKeyHex(key))
const module = await createP2PModule({
  operatorAddress: signer.operatorAddress,
  signer,
  chain: chain.connector(signer.operatorAddress, { namePeers: false }),
  dataDir,
  listen: ['/ip4/127.0.0.1/tcp/0'],
  allowPrivate: true
})
await module.start()
const { peerId, addresses, operatorAddress, store } = module.overview()
if (peerId === undefined) throw new Error('expected a started module')
const grants = (await module.grants({ state: 'live' })).map(({ objectId, expiredHeight, answer }) => ({
  objectId,
  expiredHeight: String(expiredHeight),
  answer: Buffer.from(answer).toString('hex')
}))
const entry: SpEntry = {
  operatorAddress,
  approvalAddress: '',
  endpoint: '',
  status: 'IN_SERVICE',
  nodes: [{ peerId, addresses }]
}
process.on('message', (list: SpEntry[]) => {
  for (const other of list) chain.put(other)
})
process.on('disconnect', () => process.exit(0))
process.send?.({ entry, grants, store: store.state } satisfies GranterReport)
