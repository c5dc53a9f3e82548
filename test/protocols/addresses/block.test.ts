import { multiaddr } from '@multiformats/multiaddr'
import t from 'tap'
import { addressBlockOf } from '../../../src/protocols/addresses/block.js'

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
