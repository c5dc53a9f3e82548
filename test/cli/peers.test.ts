/** The commands that look at peers and SPs, against the API of a network in this process: no daemon is started. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createKey, peerIdOf } from '../../src/index.js'
import { startFixture, TOKEN } from '../api/http/fixture.js'
import { lines, run } from './command.js'

const fixture = await startFixture(3)
const { network, api } = fixture
t.teardown(() => fixture.stop())
const cwd = t.testdir()
writeFileSync(join(cwd, 'token'), TOKEN, { mode: 0o600 })
const at = ['--http', new URL(api.url).host, '--token-file', 'token'] as const
const cli = (...args: string[]) => run([...args, ...at], { cwd })
const [self, second] = network.sps
const secondId = second?.module.overview().peerId ?? ''
const stranger = peerIdOf(createKey())

t.test('the lists tell state, connection, round trip and fairness, and do not call us unconnected', async t => {
  await network.modules[0]?.handleReplicatePieceApproval(network.task(), { min: 2, max: 2, timeoutMs: 5_000 })
  const [peers, json, sps, show] = await Promise.all([
    cli('peers', 'ls'),
    cli('peers', 'ls', '--sp', second?.address ?? '', '--state', 'verified', '--json'),
    cli('sps', 'ls'),
    cli('peers', 'show', secondId)
  ])
  const head = /^PEER +SP +STATE +CONNECTED +RTT +SEEN +FAILURES +ADDRESS$/m
  t.match(peers, { code: 0, stdout: head }, peers.stderr)
  t.match(peers.stdout, new RegExp(`^${secondId} +${second?.address} +verified +yes +.*\\d+s ago +0 +/ip4/127`, 'm'))
  t.notMatch(peers.stdout, new RegExp(`${self?.module.overview().peerId}.* no `), 'we are not away from ourselves')
  t.match(JSON.parse(json.stdout), { peers: [{ peerId: secondId, standing: 'verified', addressDetails: [{}] }] })
  t.match(sps.stdout, new RegExp(`^${second?.address} +IN_SERVICE +yes +1/1/1 +\\d+s ago +\\d+s ago +1 +1 +1 +-$`, 'm'))
  t.match(sps.stdout, new RegExp(`^${self?.address} +IN_SERVICE +self `, 'm'))
  t.match(show.stdout, /^state +verified \(tied to its SP, and it answered our dial\)$/m)
  t.match(show.stdout, /^addresses +\/ip4\/127\.0\.0\.1\/tcp\/\d+/m)
})

t.test('a node is added, pinged, blocked and removed', async t => {
  t.match(await cli('peers', 'add', `${stranger}@127.0.0.1:1`), { code: 0, stdout: new RegExp(`^added ${stranger}: `) })
  const [ping, vain, block] = await Promise.all([
    cli('peers', 'ping', secondId, '-n', '2'),
    cli('peers', 'ping', stranger),
    cli('peers', 'block', stranger)
  ])
  t.match(
    ping,
    { code: 0, stdout: /^\d+\.\dms\n\d+\.\dms\n2 of 2 answered, min \d.*ms, average .*, max / },
    ping.stderr
  )
  t.match(vain, { code: 3, stdout: '', stderr: new RegExp(`^error: ping ${stranger}: .* \\(ERR_UNREACHABLE\\)`) })
  t.match(block, { code: 0, stdout: `blocked ${stranger}\n` })
  const [unblock, named] = await Promise.all([cli('peers', 'unblock', stranger), cli('peers', 'rm', secondId)])
  t.match(unblock, { code: 0, stdout: `unblocked ${stranger}\n` })
  t.match(named, { code: 0, stdout: /is forgotten and known anew: the SP list or the configuration names it/ })
})

t.test('what is refused is said in the words of the command', async t => {
  const [state, gone] = await Promise.all([
    cli('peers', 'ls', '--state', 'asleep'),
    cli('peers', 'show', peerIdOf(createKey()))
  ])
  t.match(state, {
    code: 2,
    stderr: /^error: --state: expected one of hint, claimed, verified, failing, zombie, got "asleep"/
  })
  t.match(gone, { code: 1, stderr: /^error: peer: none with the name .* \(ERR_NOT_FOUND\)/ })
})

t.test('doctor exits with 0, 1 or 3, and looks without a daemon where none answers', async t => {
  writeFileSync(join(cwd, 'away.toml'), `[P2P]\nP2PBootstrap = ['${stranger}@no-such-name.invalid:1']\n`, {
    mode: 0o600
  })
  const [sound, way, away] = await Promise.all([
    cli('doctor'),
    cli('doctor', `0x${'11'.repeat(20)}`, '--json'),
    run(['doctor', '-c', 'away.toml', '--http', '127.0.0.1:1', '--token-file', 'token', '--json'], { cwd })
  ])
  t.equal(sound.code, 0, sound.stdout)
  t.match(lines(sound.stdout).at(-1), /^0 failed, \d+ to look at, \d+ fine$/)
  t.equal(way.code, 1)
  t.match(JSON.parse(way.stdout), { ok: false, daemon: true, findings: [{ check: 'sp-listed', verdict: 'fail' }] })
  t.equal(away.code, 3, away.stderr)
  const { findings, daemon } = JSON.parse(away.stdout) as {
    findings: { check: string; verdict: string; what: string; todo?: string }[]
    daemon: boolean
  }
  t.equal(daemon, false)
  t.match(findings[0], {
    check: 'daemon',
    verdict: 'fail',
    what: /expected a running daemon/,
    todo: /sp-approval start/
  })
  t.match(
    findings.find(({ check }) => check === 'config'),
    { verdict: 'ok', what: 'away.toml: valid, with its files' }
  )
  t.match(
    findings.find(({ check }) => check === 'key-file'),
    { verdict: 'warn', what: /the node key is not there/ }
  )
  t.match(
    findings.find(({ check }) => check === 'bootstrap'),
    { verdict: 'warn', what: /no-such-name\.invalid does not resolve/, todo: /resolver/ }
  )
})
