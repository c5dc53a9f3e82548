/** What libp2p dials without our resolver and lookup: a test that fails here says that one of them can go. */
import { multiaddr } from '@multiformats/multiaddr'
import type { Libp2pOptions } from 'libp2p'
import t from 'tap'
import { createKey, peerIdOf } from '../../../src/identity/keys.js'
import { plainHost, within } from '../patches/plain-host.js'

t.test('dnsaddr: names are followed from name to name', async t => {
  const peer = peerIdOf(createKey())
  const asked: string[] = []
  const next: Readonly<Record<string, string>> = { a: '/dnsaddr/b', b: '/dnsaddr/c', c: '/ip4/10.0.0.1/tcp/1' }
  const query = async (name: string) => {
    asked.push(name)
    const target = next[name.replace('_dnsaddr.', '')] ?? ''
    return { Answer: [{ data: `dnsaddr=${target}/p2p/${peer}` }] }
  }
  const offered: string[] = []
  const host = await plainHost(t, {
    dns: { query } as unknown as NonNullable<Libp2pOptions['dns']>,
    connectionGater: { denyDialMultiaddr: address => offered.push(address.toString()) > 0 }
  })
  await t.rejects(host.dial(multiaddr(`/dnsaddr/a/p2p/${peer}`), within()), { name: 'DialDeniedError' })
  t.strictSame(asked, ['_dnsaddr.a', '_dnsaddr.b', '_dnsaddr.c'])
  t.strictSame(offered, [`/ip4/10.0.0.1/tcp/1/p2p/${peer}`])
})

t.test('private lookup resolve: the gater hears the name of an address, not what it resolves to', async t => {
  const offered: string[] = []
  const target = await plainHost(t)
  const host = await plainHost(t, {
    connectionGater: {
      denyDialMultiaddr: address => {
        offered.push(address.toString())
        return false
      }
    }
  })
  const port = target.getMultiaddrs()[0]?.getComponents()[1]?.value
  const name = multiaddr(`/dns4/localhost/tcp/${port}/p2p/${target.peerId}`)
  await host.dial(name, within())
  t.strictSame(offered, [name.toString()], 'and loopback was dialled')
})
