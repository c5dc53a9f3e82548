import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import t from 'tap'
import { nameOf, resolveNames } from '../../../src/module/doctor/names.js'
import { probeOwnAddresses } from '../../../src/module/doctor/own-addresses.js'

const never = new AbortController().signal

t.test('names resolve or say why not, each once, and a signal ends the wait', async t => {
  const names = await resolveNames(
    ['/dns4/localhost/tcp/1', '/dns/localhost/tcp/2', '/dns4/no-such-name.invalid/tcp/1', '/ip4/127.0.0.1/tcp/1'],
    never
  )
  t.strictSame([...names.keys()].sort(), ['localhost', 'no-such-name.invalid'])
  const local = names.get('localhost')
  t.ok(local?.ok === true && local.ips.some(ip => ip === '127.0.0.1' || ip === '::1'))
  t.match(names.get('no-such-name.invalid'), { ok: false, error: /^E[A-Z_]+$/ })
  t.equal((await resolveNames(['/dns4/localhost/tcp/1'], AbortSignal.abort())).size, 0)
  t.equal(nameOf('/ip6/::1/tcp/1'), undefined)
})

t.test('own addresses are told by who can reach them, whether they answer, and what was found', async t => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  const addresses = [
    `/ip4/127.0.0.1/tcp/${port}`,
    '/ip4/127.0.0.1/tcp/0',
    `/dns4/localhost/tcp/${port}`,
    '/dns4/no-such-name.invalid/tcp/1'
  ]
  const names = await resolveNames(addresses, never)
  const told = [{ address: addresses[0] ?? '', verdict: 'unreachable', reason: 'tried from 2 networks' }] as const
  t.match(await probeOwnAddresses(addresses, names, told, never), [
    { reach: 'loopback', connects: 'yes', local: true, dialledBack: 'unreachable', reason: 'tried from 2 networks' },
    { reach: 'loopback', connects: 'no', dialledBack: 'unknown' },
    { reach: 'loopback', name: { ok: true } },
    { reach: 'unknown', connects: 'untried', local: false, name: { ok: false } }
  ])
  const [late] = await probeOwnAddresses(addresses, names, [], AbortSignal.abort())
  t.match(late, { connects: 'no' }, 'no longer waited for')
})
