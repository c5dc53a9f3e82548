import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ANY_PORT, lines, run, startDaemon } from './command.js'

/** So many of the commands are tried as a table too. */
const TABLES = 4
const OTHER_SP = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8'

t.test('init, start, the lists, an ask, and an orderly end', async t => {
  const cwd = t.testdir()
  const init = await run(['init', '--json'], { cwd })
  t.equal(init.code, 0, init.stderr)
  const { operatorAddress, peerId } = JSON.parse(init.stdout)
  const files = ['config.toml', 'policy.toml', 'providers.toml', 'data/node.key', 'data/operator.key']
  for (const file of files) t.equal(statSync(join(cwd, file)).mode & 0o777, 0o600, `${file} is ours alone`)

  const again = await run(['init'], { cwd })
  t.equal(again.code, 2)
  t.match(again.stderr, /^error: init: expected a folder without .*config\.toml.* \(ERR_USAGE\)\n$/)

  const forced = await run(['init', '--force', '--json'], { cwd })
  t.match(JSON.parse(forced.stdout), { operatorAddress, peerId, keptKeys: ['node.key', 'operator.key'] })

  const providers = join(cwd, 'providers.toml')
  writeFileSync(
    providers,
    `${readFileSync(providers, 'utf8')}\n[[providers]]\noperator_address = '${OTHER_SP}'\nnodes = []\n`
  )
  // the port of the API is found through the data folder
  const config = join(cwd, 'config.toml')
  writeFileSync(config, readFileSync(config, 'utf8').replace('127.0.0.1:9380', '127.0.0.1:0'))
  t.match(await run(['config', 'check'], { cwd }), { code: 0, stdout: 'config.toml: ok\n', stderr: '' })

  const daemon = await startDaemon(t, ['start', ...ANY_PORT], { cwd })
  t.match(daemon.ready, {
    event: 'started',
    peerId,
    operatorAddress,
    addresses: [/^\/ip4\/127\.0\.0\.1\/tcp\/\d+/],
    httpUrl: /^http:\/\/127\.0\.0\.1:\d+$/,
    metricsUrl: /^http:\/\/127\.0\.0\.1:\d+\/metrics$/,
    version: /^\d+\.\d+\.\d+/,
    backend: /^(native|noble)$/,
    pid: Number
  })
  t.equal(statSync(join(cwd, 'data/api.token')).mode & 0o777, 0o600)
  t.match(await (await fetch(String(daemon.ready.metricsUrl))).text(), /^sp_approval_sps_known 2$/m)

  const daemonCommands = [
    ['sps', 'ls'],
    ['peers', 'ls'],
    ['tasks', 'ls'],
    ['tasks', 'ls', '--state', 'all', '--sub-key', 'bucket:x'],
    ['grants', 'ls'],
    ['policy', 'ls'],
    ['bootstrap', 'ls'],
    ['wait', '--min', '0']
  ]
  const [tables, jsons] = await Promise.all([
    Promise.all(daemonCommands.slice(0, TABLES).map(args => run(args, { cwd }))),
    Promise.all(daemonCommands.map(args => run([...args, '--json'], { cwd })))
  ])
  for (const [index, args] of daemonCommands.entries()) {
    if (index < TABLES) t.match(tables[index], { code: 0, stderr: '', stdout: /./ }, args.join(' '))
    t.equal(jsons[index]?.code, 0, `${args.join(' ')} --json`)
    t.type(JSON.parse(jsons[index]?.stdout ?? ''), 'object')
  }
  t.match(tables[0]?.stdout, new RegExp(`${operatorAddress} +IN_SERVICE +self`))
  t.match(tables[0]?.stdout, new RegExp(`${OTHER_SP} +IN_SERVICE +no`))
  t.match(JSON.parse(jsons[6]?.stdout ?? ''), { nodes: [new RegExp(`^${peerId}@127\\.0\\.0\\.1:\\d+$`)] })

  const [told, set] = [await run(['log', 'level'], { cwd }), await run(['log', 'level', 'debug'], { cwd })]
  t.match([told, set], [{ stdout: 'info\n' }, { code: 0, stdout: 'debug\n' }], set.stderr)
  await run(['bootstrap', 'ls'], { cwd })
  t.match(
    daemon.text.stderr,
    /"level":"debug",.*"component":"kit\/http\/server",.*"msg":"http request"/,
    'lines of this level are written'
  )
  const ofPart = ['log', 'level', '--component', 'kit/http']
  const part = [
    await run([...ofPart, 'warn'], { cwd }),
    await run(ofPart, { cwd }),
    await run(['log', 'level'], { cwd })
  ]
  t.match(part, [{ stdout: 'warn\n' }, { stdout: 'warn\n' }, { stdout: 'debug\n' }], 'one component by itself')
  t.match(await run(['log', 'level', '--component', 'kit/none'], { cwd }), {
    code: 1,
    stderr: /log component: none with the name/
  })

  const object = ['--bucket', 'photos', '--object', 'a.jpg', '--id', '7', '--payload-size', '128MiB']
  const ask = await run(['ask', ...object, '--min', '1', '--timeout', '1s', '--json', '--watch'], { cwd })
  t.equal(ask.code, 4, ask.stderr)
  t.match(JSON.parse(ask.stdout), {
    outcome: 'insufficient',
    taskKey: 'ReplicatePieceApproval-bucket:photos-object:a.jpg-id:7',
    min: 1,
    approvals: [],
    refusals: [],
    silent: [],
    rejected: []
  })
  t.match(ask.stderr, /"event":"ask:done".*"outcome":"insufficient"/)
  t.match(
    ask.stderr,
    /^\{"error":\{"code":"ERR_INSUFFICIENT_APPROVALS","message":"insufficient approvals as secondary sp: 0 of 1 in \d+ ms/m
  )
  const shown = await run(['tasks', 'show', JSON.parse(ask.stdout).taskKey], { cwd })
  t.match(shown.stdout, /state +insufficient/)
  t.match(await run(['tasks', 'ls', '--state', 'insufficient'], { cwd }), { stdout: /id:7/ })

  const task = join(cwd, 'task.json')
  const vectors = JSON.parse(readFileSync(join(process.cwd(), 'test/vectors/gfsp-0.0.1/task.json'), 'utf8'))
  writeFileSync(
    task,
    JSON.stringify(vectors.find((row: { task: { object_info?: object } }) => row.task.object_info)?.task)
  )
  const explained = await run(['policy', 'explain', task, '--asker', OTHER_SP], { cwd })
  t.match(explained, { code: 0, stdout: /^(approve|refuse)/ }, explained.stderr)

  daemon.signal('SIGTERM')
  t.equal(await daemon.ended(), 0, daemon.text.stderr)
  t.equal(lines(daemon.text.stdout).length, 1, 'stdout holds the ready line and nothing else')
  for (const line of lines(daemon.text.stderr)) t.type(JSON.parse(line), 'object', 'every log line is JSON')
  t.notOk(existsSync(join(cwd, 'data/api.url')))

  const gone = await run(['sps', 'ls'], { cwd })
  t.equal(gone.code, 3)
  t.match(gone.stderr, /^error: .*expected a running daemon, got .* \(ERR_UNREACHABLE\)\nhint: .*\n$/)
})
