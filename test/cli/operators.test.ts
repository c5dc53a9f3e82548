/** What an operator sees of a running node: its log, its signals, its faults, and where commands find it. */
import { chmodSync, readFileSync, renameSync, watch, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createKey, operatorAddressOf } from '../../src/index.js'
import { GIVE_UP_MS } from '../support/awaited.js'
import { ANY_PORT, lines, run, startDaemon } from './command.js'

type Line = Readonly<Record<string, unknown>>
const parsed = (text: string): Line[] => lines(text).map(line => JSON.parse(line) as Line)

/** Resolves with the lines of a file once one of them has this message. */
async function untilLogged(file: string, message: string): Promise<Line[]> {
  const late = AbortSignal.timeout(GIVE_UP_MS)
  for (;;) {
    if (late.aborted) throw new Error(`not within ${GIVE_UP_MS} ms: "${message}" in ${file}`)
    const changed = new AbortController()
    const signal = AbortSignal.any([changed.signal, late])
    const watcher = watch(join(file, '..'), { signal }, () => changed.abort())
    try {
      const found = parsed(readFileSync(file, 'utf8'))
      if (found.some(({ msg }) => msg === message)) return found
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
    }
    await new Promise(resolve => watcher.once('close', resolve))
  }
}

t.test('SIGHUP opens the log again and rereads policy and SP list; ready and the stop are told once each', async t => {
  const cwd = t.testdir({ logs: {}, 'policy.toml': 'Default = "approve"\n' })
  const log = join(cwd, 'logs/node.log')
  const daemon = await startDaemon(t, ['start', ...ANY_PORT, '--policy', 'policy.toml'], {
    cwd,
    env: { SP_APPROVAL__LOG__PATH: log }
  })
  const other = operatorAddressOf(createKey())
  renameSync(log, `${log}.1`)
  writeFileSync(join(cwd, 'policy.toml'), 'Default = "refuse"\n')
  const providers = join(cwd, 'providers.toml')
  writeFileSync(providers, `${readFileSync(providers, 'utf8')}\n[[providers]]\noperator_address = '${other}'\n`)
  daemon.signal('SIGHUP')
  const fresh = await untilLogged(log, 'SIGHUP: log reopened, policy and SP list read again')
  t.notOk(
    fresh.some(({ msg }) => msg === 'started'),
    'the file that was moved away has the old lines'
  )

  // without --http: found by the file that the daemon keeps in its data folder
  const [rules, sps] = await Promise.all([
    run(['policy', 'ls', '--json'], { cwd }),
    run(['sps', 'ls', '--json'], { cwd })
  ])
  t.match(rules.stdout, /refuse/, rules.stderr)
  t.ok(sps.stdout.includes(other), sps.stderr)

  const token = join(cwd, 'data/api.token')
  chmodSync(token, 0o644)
  t.match(await run(['sps', 'ls', '--json'], { cwd }), {
    code: 2,
    stdout: '',
    stderr:
      /^\{"error":\{"code":"ERR_KEY_FILE","message":"[^"]*expected mode 0600, got 0644","hint":"chmod 600 [^"]*","exitCode":2\}\}\n$/
  })

  daemon.signal('SIGTERM')
  t.equal(await daemon.ended(), 0)
  const all = [...parsed(readFileSync(`${log}.1`, 'utf8')), ...parsed(readFileSync(log, 'utf8'))]
  t.strictSame(
    all.filter(({ level }) => !/^(debug|info|warn|error)$/.test(String(level))),
    [],
    'levels are words'
  )
  const { version, peerId, operatorAddress, addresses } = daemon.ready
  for (const [message, more] of [
    ['started', { httpUrl: daemon.ready.httpUrl }],
    ['stopped', { because: 'signal' }]
  ] as const) {
    const found = all.filter(({ msg }) => msg === message)
    t.equal(found.length, 1, message)
    t.match(found, [{ level: 'info', version, peerId, operatorAddress, addresses, ...more }])
  }
})

t.test('with --json an error is one JSON object on stderr, whatever its kind', async t => {
  const cwd = t.testdir({ 'config.toml': '[Ask]\nMin = -1\nMax = "x"\n' })
  const error = async (...args: string[]) => {
    const { code, stdout, stderr } = await run([...args, '--json'], { cwd })
    t.equal(stdout, '')
    return { code, ...(JSON.parse(stderr) as { error: Line }).error }
  }
  t.match(await error('nonsense', '-c', 'none'), { code: 'ERR_USAGE', exitCode: 2, message: /unknown command/ })
  t.match(await error('tasks'), { code: 'ERR_USAGE', exitCode: 2 })
  t.match(await error('config', 'check'), { code: 'ERR_CONFIG', exitCode: 2, others: [String] })
  t.match(await error('sps', 'ls', '-c', 'none.toml'), { code: 'ERR_CONFIG', exitCode: 2 })
})

t.test('the secrets of a URL are printed nowhere', async t => {
  const cwd = t.testdir({ 'join.token': 'a-join-token-of-the-tests' })
  const url = 'http://127.0.0.1:1/?key=hunter3'
  const flags = [
    '--coordinator',
    url,
    '--coordinator-key',
    `02${'79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798'}`
  ]
  const env = { SP_APPROVAL__CHAIN__COORDINATOR_URL: url, SP_APPROVAL__CHAIN__COORDINATOR_PUBLIC_KEY: flags[3] ?? '' }
  const daemon = await startDaemon(t, ['start', ...ANY_PORT, ...flags, '--log-level', 'debug'], { cwd })
  const outputs = await Promise.all([
    run(['config', 'dump', '--effective'], { cwd, env }),
    run(['config', 'dump', '--effective', '--json'], { cwd, env }),
    run(['config', 'check'], { cwd, env }),
    run(['doctor'], { cwd, env }),
    run(['start', '--coordinator', 'http://operator:hunter2@127.0.0.1:1'], { cwd }),
    run(['start', ...flags, '--join-token-file', 'join.token', ...ANY_PORT], { cwd })
  ])
  t.match(outputs[5], { code: 2, stderr: /join\.token: expected mode 0600 of a file with the join token, got 0/ })
  daemon.signal('SIGTERM')
  t.equal(await daemon.ended(), 0)
  t.match(daemon.text.stderr, /127\.0\.0\.1:1/, 'the coordinator is named')
  const texts = [...outputs.flatMap(({ stdout, stderr }) => [stdout, stderr]), daemon.text.stdout, daemon.text.stderr]
  for (const text of texts) t.notMatch(text, /hunter/)
})
