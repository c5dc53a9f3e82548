import t, { type Test } from 'tap'
import { createKey, createP2PModule, localSigner, memoryStore } from '../../src/index.js'
import { testChain } from '../../src/testing/index.js'

/** What a module announces to its chain once it has started. */
async function announced(t: Test, init: { readonly allowPrivate: boolean; readonly announce?: readonly string[] }) {
  const signer = localSigner(createKey())
  const { operatorAddress } = signer
  const chain = testChain()
  chain.put({ operatorAddress, approvalAddress: '', endpoint: '', status: 'IN_SERVICE', nodes: [] })
  const module = await createP2PModule({
    operatorAddress,
    signer,
    chain: chain.connector(operatorAddress, { namePeers: true }),
    store: memoryStore(),
    listen: ['/ip4/127.0.0.1/tcp/0'],
    ...init
  })
  t.teardown(() => module.stop())
  await module.start()
  const [node, ...more] = chain.entries.get(operatorAddress)?.nodes ?? []
  t.same(more, [])
  t.equal(node?.peerId, module.overview().peerId)
  return { addresses: node?.addresses, own: module.overview().addresses }
}

t.test('a node that nobody outside could dial is on the list all the same, without an address', async t => {
  const { addresses } = await announced(t, { allowPrivate: false })
  t.same(addresses, [], 'a loopback address leads everybody else to themselves')
})

t.test('where private addresses are in use they are announced', async t => {
  const { addresses, own } = await announced(t, { allowPrivate: true })
  t.equal(addresses?.length, 1)
  t.same(addresses, own)
})

t.test('of announced addresses those are told that others may dial, and no more than a list takes', async t => {
  const names = Array.from({ length: 20 }, (_, index) => `/dns4/sp${index}.example.org/tcp/9933`)
  const { addresses } = await announced(t, { allowPrivate: false, announce: ['/ip4/10.1.2.3/tcp/9933', ...names] })
  t.same(addresses, names.slice(0, 16))
})
