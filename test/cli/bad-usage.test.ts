import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { lines, run } from './command.js'
import { type Case, OBJECT, refuseAll } from './refuse.js'

const cases: Readonly<Record<string, Case>> = {
  'an unknown command': { args: ['tsaks'], line: /unknown command 'tsaks', did you mean tasks\? \(ERR_USAGE\)/ },
  'an unknown option': { args: ['ask', '--bukcet', 'x'], line: /unknown option '--bukcet', did you mean --bucket\?/ },
  'an option without its value': { args: ['ask', '--bucket'], line: /option '--bucket <name>' argument missing/ },
  'a missing argument': { args: ['tasks', 'show'], line: /missing required argument 'key'/ },
  'too many arguments': { args: ['sps', 'ls', 'x'], line: /too many arguments for 'ls'/ },
  'an ask for nothing': { args: ['ask'], line: /expected --task FILE or an object, got none: --bucket, --object/ },
  'an ask for half an object': { args: ['ask', '--bucket', 'b'], line: /--object, --id, --payload-size missing/ },
  'an ask for two things': { args: ['ask', ...OBJECT, '--task', 't.json'], line: /got both/ },
  'a size without sense': {
    args: ['ask', ...OBJECT.slice(0, -1), '5 elephants'],
    line: /--payload-size: expected a size, e\.g\. 128MiB, got "5 elephants"/
  },
  'an id that is no number': {
    args: ['ask', '--bucket', 'b', '--object', 'o', '--id', '0x1', '--payload-size', '1'],
    line: /--id: expected a decimal number/
  },
  'min above max': {
    args: ['ask', ...OBJECT, '--min', '3', '--max', '2'],
    line: /--min: expected at most --max 2, got 3/
  },
  'min of none': { args: ['ask', ...OBJECT, '--min', '0'], line: /--min: expected a whole number from 1/ },
  'a duration without unit': {
    args: ['ask', ...OBJECT, '--timeout', '5'],
    line: /--timeout: expected a duration with its unit/
  },
  'a task file that is missing': {
    args: ['ask', '--task', 'nope.json'],
    line: /nope\.json: expected a task in proto3 JSON, got no such file/
  },
  'a task file that is no JSON': {
    args: ['ask', '--task', 't.json'],
    files: { 't.json': '{' },
    line: /t\.json: .*got a text that is not JSON/
  },
  'a task file that is a list': {
    args: ['policy', 'explain', 't.json'],
    files: { 't.json': '[]' },
    line: /got no JSON object/
  },
  'a token file that is another file': {
    args: ['sps', 'ls', '--token-file', 'config.toml'],
    files: { 'config.toml': "[P2P]\nP2PPrivateKey = ''\n" },
    modes: { 'config.toml': 0o600 },
    line: /config\.toml: expected a token of at least 16 characters, got \d+ characters that are none/
  },
  'a loss that is not accepted': { args: ['grants', 'reset'], line: /expected --accept-loss/ },
  'a configuration that is missing': {
    args: ['config', 'check', '-c', 'nope.toml'],
    line: /nope\.toml: expected a readable TOML file, got no such file \(ERR_CONFIG\)/
  },
  'a configuration named by the environment': {
    args: ['config', 'dump'],
    env: { SP_APPROVAL_CONFIG: 'gone.toml' },
    line: /gone\.toml: expected a readable TOML file/
  },
  'a binary configuration': {
    args: ['start', '-c', 'c.toml'],
    files: { 'c.toml': Uint8Array.from([0, 1, 2]) },
    line: /c\.toml: expected a TOML text, got binary data/
  },
  'a folder as configuration': { args: ['start', '-c', '.'], line: /expected a TOML file, got a folder/ },
  'no TOML': { args: ['start'], files: { 'config.toml': '[P2P' }, line: /error: config\.toml:1:2: expected TOML, got/ },
  'an unknown key': {
    args: ['start'],
    files: { 'config.toml': '[P2P]\nP2PAdress = "x"' },
    line: /config\.toml: \[P2P\] P2PAdress: expected a known key, got an unknown one, did you mean P2PAddress\?/
  },
  'a wrong type': {
    args: ['start'],
    files: { 'config.toml': '[Ask]\nMin = "6"' },
    line: /config\.toml: \[Ask\] Min: expected a whole number of SPs, from 1 to 100000, got "6"/
  },
  'a wrong variable': {
    args: ['start'],
    env: { SP_APPROVAL__ASK__MIN: 'six' },
    line: /SP_APPROVAL__ASK__MIN: expected a whole number/
  },
  'an unknown variable': {
    args: ['start'],
    env: { SP_APPROVAL__ASK__MINN: '6' },
    line: /SP_APPROVAL__ASK__MINN: expected a known key.*did you mean SP_APPROVAL__ASK__MIN\?/
  },
  'a wrong flag': {
    args: ['start', '--http', 'nowhere'],
    line: /--http: expected IP:PORT to listen on.*got "nowhere"/
  },
  'a multiaddr that is none': {
    args: ['start', '--listen', '127.0.0.1:1'],
    line: /--listen: expected a TCP multiaddr/
  },
  'a bootstrap entry that is none': {
    args: ['start', '--bootstrap', 'peer@host'],
    line: /--bootstrap: expected PEERID@HOST:PORT/
  },
  'a chain of a later version': {
    args: ['start', '--chain', 'greenfield'],
    line: /--chain: expected 'static' or 'coordinator', got 'greenfield', which is not yet in this version/
  },
  'a remote signer without a key': {
    args: ['start'],
    files: { 'config.toml': "[Endpoint]\nSignerEndpoint = 'signer:9333'" },
    line: /\[Endpoint\] SignerEndpoint: expected an operator key/
  }
}

t.test('a wrong call or configuration exits with 2 and one clear line', async t => refuseAll(t, cases))

t.test('every problem of a configuration has its line', async t => {
  const cwd = t.testdir({ 'config.toml': "[Ask]\nMin = 'x'\nMxa = 3\n[Pers]\nKeepPerSp = 1\n" })
  const { code, stderr } = await run(['config', 'check'], { cwd })
  t.equal(code, 2)
  t.strictSame(lines(stderr), [
    'error: config.toml: [Ask] Mxa: expected a known key, got an unknown one, did you mean Max? (ERR_CONFIG)',
    'error: config.toml: [Pers]: expected a known section, got an unknown one, did you mean [Peers]? (ERR_CONFIG)',
    'error: config.toml: [Ask] Min: expected a whole number of SPs, from 1 to 100000, got "x" (ERR_CONFIG)'
  ])
})

t.test('what cannot be reached exits with 3 and a hint', async t => {
  const cwd = t.testdir({ token: 'x'.repeat(32) })
  chmodSync(join(cwd, 'token'), 0o600)
  const commands = [
    ['sps', 'ls'],
    ['ask', ...OBJECT],
    ['wait', '--min', '1', '--timeout', '300ms'],
    ['tasks', 'ls', '--json']
  ]
  const outcomes = await Promise.all(
    // port 1 is reserved: nobody listens there
    commands.map(args => run([...args, '--http', '127.0.0.1:1', '--token-file', 'token'], { cwd }))
  )
  for (const [index, { code, stdout, stderr }] of outcomes.entries()) {
    t.equal(code, 3, commands[index]?.join(' ') ?? '')
    t.equal(stdout, '')
    const expected = commands[index]?.includes('--json')
      ? /^\{"error":\{"code":"ERR_UNREACHABLE","message":"http:[^"]* expected a running daemon, .*"hint":"start it with .*\n$/
      : /^error: http:.* expected a running daemon, .* \(ERR_UNREACHABLE\)\nhint: start it with .*\n$/
    t.match(stderr, expected)
  }
})

t.test('help is not an error, a missing word is', async t => {
  const [help, version, nothing, group] = await Promise.all(
    [['--help'], ['--version'], [], ['tasks']].map(args => run(args))
  )
  t.match(help, { code: 0, stderr: '', stdout: /Exit codes: 0 ok, 1 runtime, 2 usage or config/ })
  t.match(version, { code: 0, stdout: /^\d+\.\d+\.\d+\n$/ })
  t.match(nothing, { code: 2, stdout: '', stderr: /^Usage: sp-approval/ })
  t.match(group, { code: 2, stdout: '', stderr: /cancel \[options\] <key>/ })
})
