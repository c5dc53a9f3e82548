import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { multiaddr } from '@multiformats/multiaddr'
import t from 'tap'
import { OwnPublic } from '../../../src/protocols/autonat/own-public.js'
import { fakeClock } from '../../../src/testing/fake-clock.js'

const run = promisify(execFile)
const FIRST = '5.5.5.5'
const SECOND = '6.6.6.6'
const THIRD = '7.7.7.7'
const NAME = 'sp2.sp-approval.test'
const script = join(import.meta.dirname, 'dial-back-process.js')
/** Each address is reached from the other one, as if the hosts were two machines. */
const NETWORK = [
  'ip link set lo up',
  `ip addr add ${FIRST}/32 dev lo`,
  `ip addr add ${SECOND}/32 dev lo`,
  `ip route replace local ${SECOND} dev lo table local src ${FIRST}`,
  `ip addr add ${THIRD}/32 dev lo`,
  `ip route replace local ${FIRST} dev lo table local src ${SECOND}`,
  `ip route replace local ${THIRD} dev lo table local src ${SECOND}`
].join(' && ')
const inNamespace = (command: string) =>
  run('env', ['-u', 'NODE_OPTIONS', 'unshare', '-rnm', 'sh', '-c', `${NETWORK} && ${command}`], { timeout: 180_000 })

const hosts = join(t.testdir({ hosts: `127.0.0.1 localhost\n${THIRD} ${NAME}\n` }), 'hosts')
const named = `mount --bind ${hosts} /etc/hosts`
const allowed = await inNamespace(named).then(
  () => true,
  () => false
)

t.test(
  'a node that listens where it says is dialled back and announces that, by name too; one that does not hears so',
  { skip: allowed ? false : 'needs user namespaces (unshare -rnm) and ip' },
  async t => {
    const { stdout } = await inNamespace(
      `${named} && ${process.execPath} ${script} ${FIRST} ${SECOND} ${THIRD} ${NAME}`
    )
    const report = JSON.parse(stdout)
    t.strictSame(report.before, [], 'a public address is not announced before it is proven')
    t.strictSame(report.after, [`/ip4/${FIRST}/tcp/9001`])
    t.match(report.found[0], [{ address: `/ip4/${FIRST}/tcp/9001`, verdict: 'reachable' }])
    t.match(report.found[1], [{ address: `/ip4/${SECOND}/tcp/9002`, verdict: 'unreachable', reason: /networks/ }])
    t.match(report.found[2], [{ address: `/dns4/${NAME}/tcp/9001`, verdict: 'reachable' }])
    t.equal(report.connection, 'open', 'the dial back took a connection of its own')
    t.strictSame(report.connections, [1, 2, 1], 'and ended it')
  }
)

t.test('only public addresses are asked about, each verdict for a time', async t => {
  const clock = fakeClock()
  const own = new OwnPublic(clock)
  const open = multiaddr('/ip4/5.5.5.5/tcp/9933')
  const addresses = [
    open,
    ...['/ip4/10.0.0.1/tcp/1', '/ip4/127.0.0.1/tcp/1', '/ip6/fd00::1/tcp/1'].map(a => multiaddr(a))
  ]
  t.strictSame(
    own.candidates(addresses).map(entry => entry.own),
    ['/ip4/5.5.5.5/tcp/9933']
  )
  t.strictSame(
    own.results(addresses, () => 0),
    [{ address: '/ip4/5.5.5.5/tcp/9933', verdict: 'unknown' }]
  )
  t.match(
    own.results(addresses, () => 3),
    [{ verdict: 'unreachable', reason: 'tried from 3 networks' }]
  )
  t.equal(own.expires(open), 0, 'to be asked about now')
  own.found(open, 'reachable')
  t.match(
    own.results(addresses, () => 3),
    [{ verdict: 'reachable' }]
  )
  t.equal(own.expires(open) - clock.now(), 60 * 60_000)
  await clock.advance(60 * 60_000 + 1)
  t.ok(own.expires(open) < clock.now(), 'to be asked about again')
})

t.test('a name is asked about by the public addresses it stands for', async t => {
  const own = new OwnPublic(fakeClock())
  const name = multiaddr('/dns4/localhost/tcp/9933')
  t.strictSame(own.candidates([name]), [], 'not looked up yet')
  t.match(
    own.results([name], () => 0),
    [{ verdict: 'unknown' }]
  )
  await own.resolve([name, multiaddr('/dns4/no-such-name.invalid/tcp/1')])
  t.strictSame(own.candidates([name]), [], 'this one stands for loopback')
})
