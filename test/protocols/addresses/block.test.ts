import { multiaddr } from '@multiformats/multiaddr'
import t from 'tap'
import { addressBlockOf, isShared, limitedBlockOf } from '../../../src/protocols/addresses/block.js'

t.test('an address belongs to the block that one operator is taken to hold', async t => {
  const blocks: readonly (readonly [address: string, block: string])[] = [
    ['/ip4/192.0.2.77/tcp/1', '192.0.2.0/24'],
    ['/ip6/2001:db8:1:2:3:4:5:6/tcp/1', '2001:db8:1:2::/64'],
    ['/ip6/2001:db8::1/tcp/1', '2001:db8:0:0::/64'],
    ['/ip6/::1/tcp/1', '0:0:0:0::/64'],
    ['/ip6/::ffff:192.0.2.77/tcp/1', '192.0.2.0/24'],
    ['/ip6zone/eth0/ip6/fe80::1/tcp/1', 'fe80:0:0:0::/64'],
    ['/dns4/sp.example.com/tcp/1', '']
  ]
  for (const [address, block] of blocks) t.equal(addressBlockOf(multiaddr(address)), block, address)
})

t.test('limits of an address bind all but the private ones of a local cluster', async t => {
  for (const [address, isPrivate] of [
    ['/ip4/127.0.0.1/tcp/1', true],
    ['/ip4/10.1.2.3/tcp/1', true],
    ['/ip6/::ffff:192.168.0.1/tcp/1', true],
    ['/ip6zone/eth0/ip6/fe80::1/tcp/1', true],
    ['/ip4/8.8.8.8/tcp/1', false],
    ['/dns4/localhost/tcp/1', false]
  ] as const) {
    const remote = multiaddr(address)
    t.equal(isShared(remote, true), isPrivate, address)
    t.equal(limitedBlockOf(remote, true), isPrivate ? undefined : addressBlockOf(remote), address)
    t.equal(isShared(remote, false), false, `${address} without AllowPrivate`)
    t.equal(limitedBlockOf(remote, false), addressBlockOf(remote), `${address} without AllowPrivate`)
  }
})
