import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ANY_PORT, lines, run, startDaemon } from './command.js'

const CANARY = {
  node: 'feedfacecafebeef'.repeat(4),
  operator: 'abad1deadeadc0de'.repeat(4),
  joinToken: 'canary-of-the-join-token'
}
const ROUTES = [
  'node',
  'config',
  'peers',
  'sps',
  'tasks?state=all',
  'grants',
  'policy',
  'resources',
  'bootstrap',
  'openapi.json'
]

/** In hex of any case, and as the bytes would stand in base64. */
function leaks(text: string): string[] {
  const spellings = Object.values(CANARY).flatMap(secret => [
    secret,
    secret.toUpperCase(),
    Buffer.from(secret).toString('base64').replace(/=+$/, ''),
    Buffer.from(secret, 'hex').toString('base64').replace(/=+$/, '')
  ])
  return spellings.filter(spelling => spelling !== '' && text.includes(spelling))
}

t.test('a canary key appears in no output, log, dump, API answer or metric', async t => {
  const cwd = t.testdir({
    'config.toml': `[P2P]\nP2PPrivateKey = '${CANARY.node}'\n[SpAccount]\nOperatorPrivateKey = '0x${CANARY.operator}'\n[Chain]\nJoinToken = '${CANARY.joinToken}'\n`
  })
  chmodSync(join(cwd, 'config.toml'), 0o644)
  const daemon = await startDaemon(t, ['start', ...ANY_PORT, '--log-level', 'debug'], { cwd })
  const token = readFileSync(join(cwd, 'data/api.token'), 'utf8').trim()
  const http = ['--http', String(daemon.ready.httpUrl)]
  const outputs = await Promise.all([
    run(['config', 'dump', '--effective'], { cwd }),
    run(['config', 'dump', '--effective', '--json'], { cwd }),
    run(['config', 'check', '--json'], { cwd }),
    run(['key', 'show'], { cwd }),
    run(
      ['ask', '--bucket', 'b', '--object', 'o', '--id', '1', '--payload-size', '1MiB', ...http, '--json', '--watch'],
      { cwd }
    ),
    run(['sps', 'ls', ...http, '--debug', '--token-file', 'config.toml'], { cwd })
  ])
  const headers = { authorization: `Bearer ${token}` }
  const answers = await Promise.all([
    ...ROUTES.map(route => fetch(`${daemon.ready.httpUrl}/api/v1/${route}`, { headers })),
    fetch(String(daemon.ready.metricsUrl))
  ])
  for (const [index, answer] of answers.entries()) {
    const text = await answer.text()
    t.equal(answer.status, 200, `${ROUTES[index]}: ${text.slice(0, 200)}`)
    t.strictSame(leaks(text), [], ROUTES[index] ?? 'metrics')
    t.notOk(text.includes(token), 'nor the token')
  }
  for (const { stdout, stderr } of outputs) t.strictSame(leaks(stdout + stderr), [])
  t.match(JSON.parse(outputs[2].stdout).warnings, [/^config\.toml can be read by others and holds a private key/])
  daemon.signal('SIGTERM')
  t.equal(await daemon.ended(), 0, daemon.text.stderr)
  const log = daemon.text.stderr
  t.equal(lines(log).filter(line => line.includes('can be read by others')).length, 1, 'warned once')
  t.strictSame(leaks(log + daemon.text.stdout), [])
  t.notOk(log.includes(token))
  for (const file of readdirSync(join(cwd, 'data'), { recursive: true, withFileTypes: true })) {
    if (file.isFile()) t.strictSame(leaks(readFileSync(join(file.parentPath, file.name), 'latin1')), [], file.name)
  }
})

t.test('a private key is printed only when --private asks for it', async t => {
  const cwd = t.testdir()
  writeFileSync(join(cwd, 'k'), `${CANARY.node}\n`, { mode: 0o600 })
  const [shown, withPrivate, created] = await Promise.all([
    run(['key', 'show', 'k', '--json'], { cwd }),
    run(['key', 'show', 'k', '--private', '--json'], { cwd }),
    run(['key', 'create', '-n', '2', '--out', 'new', '--json'], { cwd })
  ])
  t.strictSame(leaks(shown.stdout + shown.stderr), [])
  t.match(JSON.parse(withPrivate.stdout), {
    keys: [{ privateKey: CANARY.node, peerId: /^16Uiu2HA/, operatorAddress: /^0x/ }]
  })
  const { keys } = JSON.parse(created.stdout)
  t.strictSame(readdirSync(cwd).sort(), ['k', 'new.1', 'new.2'])
  for (const { file } of keys) t.notOk(created.stdout.includes(readFileSync(join(cwd, file), 'utf8').trim()))
})
