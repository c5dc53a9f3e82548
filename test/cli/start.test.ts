import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ANY_PORT, run, startDaemon } from './command.js'

t.test('start makes what is missing in an empty folder, and a signal ends it at any moment', async t => {
  const cwd = t.testdir()
  const daemon = await startDaemon(t, ['start', ...ANY_PORT, '--data-dir', 'state', '--log-level', 'error'], { cwd })
  t.strictSame(readdirSync(cwd).sort(), ['providers.toml', 'state'])
  t.equal(statSync(join(cwd, 'state')).mode & 0o777, 0o700)
  for (const name of ['node.key', 'operator.key', 'api.token']) {
    t.equal(statSync(join(cwd, 'state', name)).mode & 0o777, 0o600, name)
  }

  const second = await run(['start', ...ANY_PORT, '--data-dir', 'state', '--log-level', 'error'], { cwd })
  t.equal(second.code, 1)
  t.match(second.stderr, /^error: .*locked.* \(ERR_STORE_LOCKED\)\nhint: .*\n$/)

  const url = String(daemon.ready.httpUrl)
  const taken = [...ANY_PORT, '--http', new URL(url).host, '--data-dir', 'third', '--log-level', 'error']
  const third = await run(['start', ...taken], { cwd })
  t.equal(third.code, 1)
  t.match(third.stderr, /^error: http: .*EADDRINUSE.*\nhint: another process listens there: .*\n$/)
  const idle = await run(['tasks', 'ls', '--sub-key', 'bucket:b', '--http', url, '--token-file', 'state/api.token'], {
    cwd
  })
  t.equal(idle.stdout, 'no running asks with "bucket:b" in their key; --state all lists finished ones too\n')

  const elsewhere = await run(['sps', 'ls', '--http', url, '--token-file', 'state/api.token', '--json'], { cwd })
  t.match(JSON.parse(elsewhere.stdout), { sps: [{ self: true, operatorAddress: daemon.ready.operatorAddress }] })
  writeFileSync(join(cwd, 'other.token'), 'x'.repeat(32), { mode: 0o600 })
  const stranger = await run(['sps', 'ls', '--http', url, '--token-file', 'other.token'], { cwd })
  t.equal(stranger.code, 2)
  t.match(stranger.stderr, /^error: authorization: .* \(ERR_UNAUTHORIZED\)\nhint: .*--token-file\n$/)

  daemon.signal('SIGINT')
  t.equal(await daemon.ended(), 0)
  t.equal(daemon.text.stderr.trim(), '')
})

t.test('a coordinator prints its URL and key, and a node joins it', async t => {
  const cwd = t.testdir()
  const key = await run(['key', 'create', '--out', 'operator.key', '--json'], { cwd })
  const address = JSON.parse(key.stdout).keys[0].operatorAddress
  const coordinator = await startDaemon(
    t,
    ['coordinator', '--listen', '127.0.0.1:0', '--data-dir', 'c', '--allow', address],
    { cwd }
  )
  t.match(coordinator.ready, { event: 'ready', url: /^http:\/\/127\.0\.0\.1:\d+$/, publicKey: /^0[23][0-9a-f]{64}$/ })
  const { url, publicKey } = coordinator.ready
  const daemon = await startDaemon(
    t,
    ['start', ...ANY_PORT, '--coordinator', String(url), '--coordinator-key', String(publicKey), '--network', 'local'],
    {
      cwd,
      env: {
        SP_APPROVAL__SP_ACCOUNT__OPERATOR_PRIVATE_KEY_FILE: 'operator.key',
        SP_APPROVAL__LOG__PATH: 'logs/node.log',
        SP_APPROVAL__MONITOR__PROBE_HTTP_ADDRESS: '127.0.0.1:0',
        SP_APPROVAL__ASK__MIN: '1'
      }
    }
  )
  t.equal(daemon.ready.operatorAddress, address)
  const node = await fetch(`${daemon.ready.httpUrl}/api/v1/node`, {
    headers: { authorization: `Bearer ${readFileSync(join(cwd, 'data/api.token'), 'utf8').trim()}` }
  })
  t.match(await node.json(), { chain: { name: 'coordinator' }, operatorAddress: address })
  const probes = await Promise.all(['healthy', 'ready', 'x'].map(name => fetch(`${daemon.ready.probeUrl}/-/${name}`)))
  t.strictSame(
    probes.map(probe => probe.status),
    [200, 503, 404],
    'alive, and not ready without another SP'
  )
  t.equal(daemon.text.stderr, '', 'the log goes to its file')
  t.equal(statSync(join(cwd, 'logs/node.log')).mode & 0o777, 0o600)
  t.match(readFileSync(join(cwd, 'logs/node.log'), 'utf8'), /"msg":"http API listens"/)
  daemon.signal('SIGTERM')
  t.equal(await daemon.ended(), 0, daemon.text.stderr)
  coordinator.signal('SIGHUP')
  coordinator.signal('SIGINT')
  t.equal(await coordinator.ended(), 0, coordinator.text.stderr)
  for (const message of ['ready', 'stopped'])
    t.match(coordinator.text.stderr, new RegExp(`"url":"${url}".*"msg":"${message}"`))
})
