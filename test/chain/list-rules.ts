/** What every chain connector must do with the SP list. */
import type { SpRegistryChange } from '../../src/chain/index.js'
import type { SpEntry } from '../../src/domain/registry.js'
import { node, sp, sps } from './entries.js'
import { addresses, type Rule, started } from './world.js'

export function listRules(test: Rule): void {
  test('lists the SPs and the height, addresses in one spelling', async (t, world) => {
    const lower = sp(5, { operatorAddress: sp(5).operatorAddress.toLowerCase() as SpEntry['operatorAddress'] })
    await world.publish([...sps(4), lower, { ...sp(6), status: 'STATUS_IN_MAINTENANCE', nodes: [] }])
    const chain = await started(t, world)
    t.strictSame(addresses(chain.registry.list()), addresses(sps(6)))
    t.match(chain.registry.get(sp(2).operatorAddress), sp(2))
    t.match(chain.registry.get(sp(6).operatorAddress), { status: 'IN_MAINTENANCE', nodes: [] })
    t.equal(chain.registry.get(sp(9).operatorAddress), undefined)
    t.equal(chain.heights.height(), 1_000n)
    t.match(chain.status(), {
      name: chain.name,
      height: 1_000n,
      sps: 6,
      alarm: undefined,
      listAgeMs: 0,
      heightAgeMs: 0
    })
  })

  test('tells which SPs were added, changed and removed', async (t, world) => {
    const chain = await started(t, world)
    const changes: SpRegistryChange[] = []
    chain.registry.onChange(() => {
      throw new Error('a listener that fails')
    })
    const silence = chain.registry.onChange(change => changes.push(change))
    await world.publish([sp(1), sp(2, { status: 'IN_JAILED' }), sp(3), sp(5)])
    await chain.refresh()
    const [change, ...more] = changes
    t.equal(more.length, 0)
    t.strictSame(addresses(change?.added ?? []), addresses([sp(5)]))
    t.strictSame(addresses(change?.changed ?? []), addresses([sp(2)]))
    t.equal(change?.changed[0]?.status, 'IN_JAILED')
    t.strictSame(addresses(change?.removed ?? []), addresses([sp(4)]))
    t.equal(chain.registry.get(sp(2).operatorAddress)?.status, 'IN_JAILED')
    await chain.refresh()
    t.equal(changes.length, 1, 'the same list again is no change')
    silence()
    await world.publish(sps(4))
    await chain.refresh()
    t.equal(changes.length, 1)
    t.strictSame(addresses(chain.registry.list()), addresses(sps(4)))
  })

  test('ignores an older list', async (t, world) => {
    await world.publish(sps(4), 50)
    const chain = await started(t, world)
    await world.publish(sps(5), 49)
    await chain.refresh()
    t.equal(chain.registry.list().length, 4)
    t.match(chain.status().alarm, /older than/)
    await world.publish(sps(5), 51)
    await chain.refresh()
    t.equal(chain.registry.list().length, 5)
    t.equal(chain.status().alarm, undefined)
  })

  test('holds back an empty list until it is confirmed', async (t, world) => {
    const chain = await started(t, world)
    await world.publish([])
    await chain.refresh()
    await chain.refresh()
    t.equal(chain.registry.list().length, 4)
    t.match(chain.status().alarm, /empty, held back; if it is right: confirmList\(\)/)
    chain.confirmList()
    t.strictSame(chain.registry.list(), [])
    t.equal(chain.status().alarm, undefined)
    await chain.refresh()
    t.equal(chain.status().alarm, undefined, 'a confirmed list is not held back again')
  })

  test('holds back a list that loses over half of the SPs until it is confirmed', async (t, world) => {
    const chain = await started(t, world)
    await world.publish([sp(1), sp(2)])
    await chain.refresh()
    t.equal(chain.registry.list().length, 2, 'exactly half is not over half')
    await world.publish([sp(3), sp(4), sp(5)])
    await chain.refresh()
    t.strictSame(addresses(chain.registry.list()), addresses(sps(2)))
    t.match(chain.status().alarm, /loses 2 of 2 SPs at once/)
    chain.confirmList()
    t.strictSame(addresses(chain.registry.list()), addresses([sp(3), sp(4), sp(5)]))
  })

  test('refuses a list with an invalid entry as a whole and names what is wrong', async (t, world) => {
    const chain = await started(t, world)
    const wrong: [unknown, RegExp][] = [
      [sp(5, { operatorAddress: '0x12' as SpEntry['operatorAddress'] }), /operator_?address: expected 0x and 40 hex/i],
      [sp(1), /operator_?address: expected an SP that is not listed yet/i],
      [{ ...sp(5), nodes: [node(1)] }, /peer_?id: expected a peer id that no other entry names/i],
      [{ ...sp(5), nodes: [node(5), node(5)] }, /peer_?id: expected a peer id that no other entry names/i],
      [{ ...sp(5), nodes: [{ peerId: 'abc', addresses: [] }] }, /nodes\[0\]\.peer_?id: expected a libp2p peer id/i],
      [{ ...sp(5), nodes: [{ ...node(5), addresses: ['1.2.3.4:9933'] }] }, /addresses\[0\]: expected a multiaddr/i],
      [{ ...sp(5), nodes: [{ ...node(5), addresses: [`/ip4/1.2.3.4/tcp/1/p2p/${node(6).peerId}`] }] }, /an address of/],
      [{ ...sp(5), nodes: Array.from({ length: 33 }, (_, n) => node(n + 20)) }, /nodes: expected a list of at most 32/],
      [{ ...sp(5), nodes: [{ ...node(5), addresses: Array(17).fill('/ip4/1.2.3.4/tcp/1') }] }, /at most 16 multiaddrs/],
      [{ ...sp(5), status: 'RETIRED' }, /status: expected one of IN_SERVICE, IN_JAILED/],
      [{ ...sp(5), endpoint: 'http://a\nb' }, /endpoint: expected one line/],
      [{ ...sp(5), approvalAddress: 'none' }, /approval_?address: expected 0x and 40 hex/i],
      [{ ...sp(5), dataChunks: 65 }, /data_?chunks: expected a whole number from 1 to 64/i]
    ]
    for (const [entry, expected] of wrong) {
      await world.publish([...sps(4), entry])
      await chain.refresh()
      t.strictSame(addresses(chain.registry.list()), addresses(sps(4)))
      t.match(chain.status().alarm, expected)
      t.notMatch(chain.status().alarm, /\n/)
    }
    await world.publish(sps(5))
    await chain.refresh()
    t.equal(chain.registry.list().length, 5)
  })
}
