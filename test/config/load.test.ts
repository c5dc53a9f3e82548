import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import t from 'tap'
import { chainMode, type EffectiveConfig, ENTRIES, InvalidConfigError, loadConfig } from '../../src/config/index.js'
import { upperSnake } from '../../src/config/keys.js'
import { ConfigError } from '../../src/errors.js'

const KEY = 'c0ffee'.padEnd(64, '7')
const PEER = '16Uiu2HAmG4KTyFsK71BVwjY4z6WwcNBVb6vAiuuL9ASWdqiTzNZH'
const ADDRESS = '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266'
const dir = t.testdir()
let count = 0

const fileOf = (content: string | Uint8Array): string => {
  const file = join(dir, `config-${++count}.toml`)
  writeFileSync(file, content, { mode: 0o600 })
  return file
}

const load = (content: string, more: Parameters<typeof loadConfig>[0] = {}): EffectiveConfig =>
  loadConfig({ file: fileOf(content), ...more })

function problemsOf(run: () => unknown): readonly string[] {
  try {
    run()
  } catch (error) {
    if (error instanceof InvalidConfigError) return error.problems
    if (error instanceof ConfigError) return [error.message]
    throw error
  }
  return []
}

t.test('without a file every key has its default', async t => {
  const { settings, file, sourceOf } = loadConfig({ cwd: '/srv/sp' })
  t.equal(file, undefined)
  t.equal(settings.P2P.P2PAddress, '0.0.0.0:9933')
  t.equal(settings.P2P.DataPath, '/srv/sp/data')
  t.equal(settings.P2P.P2PPrivateKeyFile, '/srv/sp/data/node.key')
  t.equal(settings.Api.TokenFile, '/srv/sp/data/api.token')
  t.equal(settings.Ask.Timeout, 5_000)
  t.equal(settings.Approval.ReplicatePieceTimeoutHeight, 900)
  t.equal(settings.Parallel.AskReplicateApprovalParallelPerNode, 10_240)
  t.strictSame(sourceOf('Ask.Min'), { from: 'default' })
})

t.test("Go's zero values mean the default", async t => {
  const { settings, sourceOf } = load(
    "[P2P]\nP2PAddress = ''\nP2PPingPeriod = 0\nP2PBootstrap = []\n[Ask]\nTimeout = ''\n"
  )
  t.equal(settings.P2P.P2PAddress, '0.0.0.0:9933')
  t.equal(settings.P2P.P2PPingPeriod, 1)
  t.equal(settings.Ask.Timeout, 5_000)
  t.strictSame(sourceOf('P2P.P2PPingPeriod'), { from: 'default' })
})

t.test('flags come before environment, environment before file, file before default', async t => {
  const file = fileOf('[Peers]\nKeepPerSp = 9\nTargetPerSp = 4\nMaxPerSp = 20\n')
  const env = {
    SP_APPROVAL__PEERS__KEEP_PER_SP: '11',
    SP_APPROVAL__PEERS__TARGET_PER_SP: '5',
    SP_APPROVAL__ASK__MIN: ''
  }
  const { settings, sourceOf } = loadConfig({ file, env, flags: { 'Peers.KeepPerSp': '12' } })
  t.strictSame(settings.Peers, { TargetPerSp: 5, KeepPerSp: 12, MaxPerSp: 20, ZombieAfterFailures: 3 })
  t.equal(sourceOf('Peers.KeepPerSp').from, 'flag')
  t.strictSame(sourceOf('Peers.TargetPerSp'), { from: 'env', variable: 'SP_APPROVAL__PEERS__TARGET_PER_SP' })
  t.strictSame(sourceOf('Peers.MaxPerSp'), { from: 'file', file })
  t.equal(sourceOf('Ask.Min').from, 'default', 'an empty variable says nothing')
})

t.test('every key has an environment variable of its own, and every kind reads text', async t => {
  t.equal(new Set(ENTRIES.map(entry => entry.env)).size, ENTRIES.length)
  for (const [name, expected] of [
    ['KeepPerSp', 'KEEP_PER_SP'],
    ['P2PPingPeriod', 'P2P_PING_PERIOD'],
    ['P2P', 'P2P'],
    ['HTTPAddress', 'HTTP_ADDRESS'],
    ['SpDB', 'SP_DB'],
    ['CoordinatorURL', 'COORDINATOR_URL']
  ] as const) {
    t.equal(upperSnake(name), expected)
  }
  const { settings } = loadConfig({
    env: {
      P2P_PRIVATE_KEY: KEY,
      SP_APPROVAL__P2P__P2P_BOOTSTRAP: `${PEER}@10.0.0.1:1, ${PEER}@[2001:db8::1]:9933`,
      SP_APPROVAL__P2P__ALLOW_PRIVATE: 'true',
      SP_APPROVAL__ASK__TIMEOUT: '1m30s',
      SP_APPROVAL__SP_ACCOUNT__SP_OPERATOR_ADDRESS: ADDRESS,
      SP_APPROVAL__LEGACY__MODE: 'pinned'
    }
  })
  t.equal(settings.P2P.P2PPrivateKey, KEY)
  t.strictSame(settings.P2P.P2PBootstrap, [`${PEER}@10.0.0.1:1`, `${PEER}@[2001:db8::1]:9933`])
  t.equal(settings.P2P.AllowPrivate, true)
  t.equal(settings.Ask.Timeout, 90_000)
  t.equal(settings.Legacy.Mode, 'pinned')
})

t.test('relative paths start from the file, those of flags and variables from the working directory', async t => {
  mkdirSync(join(dir, 'etc'), { recursive: true })
  writeFileSync(join(dir, 'etc/config.toml'), "[P2P]\nDataPath = 'state'\n[Policy]\nFile = '../rules.toml'\n")
  const file = relative(process.cwd(), join(dir, 'etc/config.toml'))
  const { settings } = loadConfig({
    file,
    env: { SP_APPROVAL__API__TOKEN_FILE: 'token' },
    flags: { 'Chain.ProvidersFile': 'sps.toml' }
  })
  t.equal(settings.P2P.DataPath, join(dir, 'etc/state'))
  t.equal(settings.P2P.P2PPrivateKeyFile, join(dir, 'etc/state/node.key'))
  t.equal(settings.Policy.File, join(dir, 'rules.toml'))
  t.equal(settings.Api.TokenFile, join(process.cwd(), 'token'))
  t.equal(settings.Chain.ProvidersFile, join(process.cwd(), 'sps.toml'))
})

t.test('addresses of every form are read', async t => {
  const { settings } = load(`[P2P]
P2PAddress = '[::]:9933'
P2PAntAddress = 'sp0.example.com:9933'
Listen = ['/ip4/127.0.0.1/tcp/0', '/ip6/::1/tcp/9933']
Announce = ['/dns4/sp0.example.com/tcp/9933']
[Api]
HTTPAddress = 'localhost:0'
[Monitor]
MetricsHTTPAddress = ':24367'
`)
  t.equal(settings.P2P.P2PAddress, '[::]:9933')
  t.equal(settings.P2P.P2PAntAddress, 'sp0.example.com:9933')
  t.strictSame(settings.P2P.Listen, ['/ip4/127.0.0.1/tcp/0', '/ip6/::1/tcp/9933'])
  t.equal(settings.Monitor.MetricsHTTPAddress, '0.0.0.0:24367', 'Go writes every interface so')
})

t.test('a value of the wrong kind or range is told with key, expected and got', async t => {
  const wrong: readonly (readonly [toml: string, line: RegExp])[] = [
    [
      "[P2P]\nP2PPingPeriod = '5'",
      /\[P2P\] P2PPingPeriod: expected a whole number of seconds, from 1 to 3600, got "5"$/
    ],
    ['[P2P]\nP2PPingPeriod = 3601', /\[P2P\] P2PPingPeriod: expected .*from 1 to 3600, got 3601$/],
    ['[P2P]\nP2PPingPeriod = 1.5', /\[P2P\] P2PPingPeriod: expected a whole number .*, got 1\.5$/],
    ['[P2P]\nP2PPingPeriod = -1', /got -1$/],
    ['[P2P]\nP2PAddress = 9933', /\[P2P\] P2PAddress: expected IP:PORT to listen on.*, got number$/],
    ["[P2P]\nP2PAddress = 'sp.example.com:9933'", /expected IP:PORT to listen on/],
    ["[P2P]\nP2PAddress = '1.2.3.4:70000'", /got "1\.2\.3\.4:70000"$/],
    ["[P2P]\nP2PAddress = '1.2.3.999:1'", /got "1\.2\.3\.999:1"$/],
    ["[P2P]\nP2PAntAddress = '0.0.0.0:9933'", /expected HOST:PORT that others can dial/],
    ["[P2P]\nP2PBootstrap = ['x@y']", /\[P2P\] P2PBootstrap: expected PEERID@HOST:PORT.* as entry 1, got "x@y"$/],
    [`[P2P]\nP2PBootstrap = '${PEER}@h:1'`, /\[P2P\] P2PBootstrap: expected a list of at most 512/],
    ["[P2P]\nListen = ['/ip4/127.0.0.1/udp/1']", /\[P2P\] Listen: expected a TCP multiaddr/],
    ["[P2P]\nAllowPrivate = 'yes'", /expected true or false, without quotes, got "yes"$/],
    ['[P2P]\nP2PBootstrap = { a = 1 }', /got a table$/],
    [
      "[SpAccount]\nSpOperatorAddress = '0x12'",
      /\[SpAccount\] SpOperatorAddress: expected an operator address of 40 hex digits/
    ],
    ["[Legacy]\nMode = 'on'", /\[Legacy\] Mode: expected one of 'auto', 'pinned', 'off', got "on"$/],
    ["[Ask]\nTimeout = '5'", /\[Ask\] Timeout: expected a duration from 1ms to 1h with its unit.*, got "5"$/],
    ['[Ask]\nTimeout = 5', /\[Ask\] Timeout: expected a duration .*, got 5$/],
    ["[Ask]\nTimeout = '2h'", /expected a duration from 1ms to 1h/],
    ['[Ask]\nTimeout = 2025-01-01', /got a date$/],
    ['[Ask]\nMin = 11', /\[Ask\] Min: expected at most \[Ask\] Max = 10, got 11$/],
    ["[Ask]\nStrategy = 'fair'", /\[Ask\] Strategy: expected 'all', got 'fair', which is not yet in this version$/],
    ['[Approval]\nReplicatePieceTimeoutHeight = 899', /expected a whole number of blocks, 900 or more, got 899$/],
    ['[Approval]\nReplicatePieceTimeoutHeight = 20000', /expected at most \[Chain\] MaxLife = 10000, got 20000$/],
    ['[Chain]\nMinLife = 10001', /\[Chain\] MinLife: expected at most \[Chain\] MaxLife = 10000, got 10001$/],
    ["[Chain]\nNetwork = 'My Net'", /\[Chain\] Network: expected a network name/],
    [
      "[Chain]\nMode = 'coordinator'\nCoordinatorURL = 'ftp://x'",
      /\[Chain\] CoordinatorURL: expected an http or https URL/
    ],
    [
      '[Peers]\nTargetPerSp = 5\nMaxPerSp = 4\nKeepPerSp = 3',
      /\[Peers\] TargetPerSp: expected at most \[Peers\] MaxPerSp = 4, got 5$/
    ],
    [
      '[Peers]\nMaxPerSp = 10',
      /\[Peers\] KeepPerSp: expected less than \[Peers\] MaxPerSp = 10, or nothing would ever be forgotten, got 10$/
    ],
    ["[P2P]\nDht = 'on'", /\[P2P\] Dht: expected one of 'server', 'client', 'off', got "on"$/],
    ["Server = ['manager']", /: Server: expected a list with 'p2p' in it, got \["manager"\]$/],
    ["[Endpoint]\nSignerEndpoint = 'signer:9333'", /\[Endpoint\] SignerEndpoint: expected an operator key beside it/],
    ["[Log]\nLevel = 'loud'", /\[Log\] Level: expected one of 'debug', 'info'/],
    ['P2P = 5', /: \[P2P\]: expected a section, got a value$/],
    ['[[P2P]]\nP2PPingPeriod = 1', /: \[P2P\]: expected a section, got a list$/]
  ]
  for (const [toml, line] of wrong) {
    const file = fileOf(toml)
    const problems = problemsOf(() => loadConfig({ file }))
    t.ok(problems.length > 0, toml)
    t.match(problems[0], line)
    t.ok(
      problems.every(problem => problem.startsWith(`${file}: `) && !problem.includes('\n')),
      problems.join('|')
    )
  }
})

t.test('an unknown key is an error that says what was probably meant', async t => {
  for (const [toml, line] of [
    [
      "[P2P]\nP2PAdress = 'x'",
      /\[P2P\] P2PAdress: expected a known key, got an unknown one, did you mean P2PAddress\?$/
    ],
    ['[P2P]\np2ppingperiod = 1', /did you mean P2PPingPeriod\?$/],
    ['[Ask]\nKeepPerSp = 3', /\[Ask\] KeepPerSp: .* did you mean \[Peers\] KeepPerSp\?$/],
    ['[Aks]\nMin = 1', /\[Aks\]: expected a known section, got an unknown one, did you mean \[Ask\]\?$/],
    ['GRPCAdress = 1', /: GRPCAdress: .*did you mean GRPCAddress\?$/],
    ['[Zzzzzzzzzzzzzz]\nX = 1', /\[Zzzzzzzzzzzzzz\]: expected a known section, got an unknown one$/],
    [`[P2P]\n${'x'.repeat(200)} = 1`, /\[P2P\] x{57}\.\.\.: expected a known key/]
  ] as const) {
    t.match(problemsOf(() => load(toml))[0], line)
  }
  const env = { SP_APPROVAL__PEERS__KEEP_PER_SPS: '1', SP_APPROVAL__BS_DB__USER: 'x' }
  t.match(
    problemsOf(() => loadConfig({ env })),
    [
      'SP_APPROVAL__PEERS__KEEP_PER_SPS: expected a known key, got an unknown one, did you mean SP_APPROVAL__PEERS__KEEP_PER_SP?',
      /^SP_APPROVAL__BS_DB__USER: expected a known key/
    ]
  )
})

t.test('all problems are told at once, whichever source they come from', async t => {
  const file = fileOf("[Ask]\nMin = 'six'\nMax = 'ten'\n[Nope]\n")
  const problems = problemsOf(() =>
    loadConfig({ file, env: { SP_APPROVAL__ASK__MIN: 'many' }, flags: { 'P2P.Listen': ['here'], 'Ask.Min': '1' } })
  )
  t.equal(problems.length, 5, problems.join('\n'))
  t.match(problems.join('\n'), /--listen: expected a list of at most 16|--listen: expected a TCP multiaddr/)
  t.match(problems.join('\n'), /SP_APPROVAL__ASK__MIN: expected a whole number of SPs/)
})

t.test('a file that is none, or no TOML, is one line', async t => {
  const cases: readonly (readonly [file: string, line: RegExp])[] = [
    [join(dir, 'missing.toml'), /: expected a readable TOML file, got no such file$/],
    [dir, /: expected a TOML file, got a folder$/],
    ['/dev/null', /: expected a TOML file, got a device$/],
    [fileOf(Uint8Array.from([0x7f, 0x45, 0x4c, 0x46, 0, 1])), /: expected a TOML text, got binary data$/],
    [fileOf(Uint8Array.from([0x61, 0x3d, 0xff, 0xfe])), /: expected a TOML text in UTF-8, got other bytes$/],
    [fileOf('[P2P\n'), /:1:5: expected TOML, got /],
    [fileOf(`[P2P]\nP2PPrivateKey = '${KEY}\n`), /:2:\d+: expected TOML, got /],
    [fileOf('[Ask]\nMin = 99999999999999999999\n'), /:2:\d+: expected TOML, got /],
    [fileOf('[Ask]\nMin = 1\nMin = 2\n'), /:3:1: expected TOML, got /],
    [fileOf('__proto__ = 1\n'), /: expected (TOML|a known key), got /],
    [fileOf(`#${'x'.repeat(1024 * 1024)}`), /: expected a TOML file of at most 1048576 bytes/]
  ]
  for (const [file, line] of cases) {
    const problems = problemsOf(() => loadConfig({ file }))
    t.equal(problems.length, 1, file)
    t.match(problems[0], line)
    t.notMatch(problems[0], /\n|7777/, 'one line, and never the content')
  }
})

t.test('a secret is never shown, also not when it is wrong', async t => {
  for (const toml of [`[P2P]\nP2PPrivateKey = '${KEY}zz'`, `[SpAccount]\nOperatorPrivateKey = ['${KEY}']`]) {
    const problems = problemsOf(() => load(toml))
    t.match(problems[0], /PrivateKey: expected a private key of 64 hex digits, got /)
    t.notMatch(problems.join(), /c0ffee/)
  }
})

t.test('an inline key in a file that others can read is warned of once', async t => {
  const file = fileOf(`[P2P]\nP2PPrivateKey = '${KEY}'\n[SpAccount]\nFundingPrivateKey = '${KEY}'\n`)
  t.strictSame(loadConfig({ file }).warnings, [])
  chmodSync(file, 0o644)
  const { warnings } = loadConfig({ file })
  t.equal(warnings.length, 1)
  t.match(
    warnings[0],
    /can be read by others and holds a private key \(\[P2P\] P2PPrivateKey, \[SpAccount\] FundingPrivateKey\)/
  )
  t.notMatch(warnings[0], /c0ffee/)
})

t.test('the chain mode follows from the other keys where it is not set', async t => {
  const url = "[Chain]\nCoordinatorURL = 'http://127.0.0.1:9400'\n"
  const key = `CoordinatorPublicKey = '02${'ab'.repeat(32)}'\n`
  t.equal(chainMode(load('')), 'static')
  t.equal(chainMode(load(url + key)), 'coordinator')
  t.match(
    problemsOf(() => load(url)),
    [/\[Chain\] CoordinatorPublicKey: expected a value, since the mode is 'coordinator', got none$/]
  )
  t.match(
    problemsOf(() => load("[Chain]\nMode = 'coordinator'")),
    [/CoordinatorURL/, /CoordinatorPublicKey/]
  )
  const rpc = "[Chain]\nChainAddress = ['https://rpc.example.com:443']\n"
  t.match(
    problemsOf(() => load(rpc)),
    [
      /\[Chain\] Mode: expected 'static' or 'coordinator', got 'greenfield', inferred from ChainAddress, which is not yet in this version$/
    ]
  )
  t.match(
    problemsOf(() => load(`${rpc}[SpDB]\nAddress = 'db:3306'\n`)),
    [/got 'gfsp-db', inferred from ChainAddress and \[SpDB\]/]
  )
  t.match(
    problemsOf(() => load("[Chain]\nMode = 'greenfield'")),
    [/got 'greenfield', which is not yet in this version$/]
  )
  t.equal(chainMode(load(`${rpc}Mode = 'static'\n`)), 'static')
})

t.test('a coordinator named by a flag comes before a mode of the file, one in the file does not', async t => {
  const dir = t.testdir({ 'config.toml': "[Chain]\nMode = 'static'\n" })
  const file = join(dir, 'config.toml')
  const named = {
    'Chain.CoordinatorURL': 'http://127.0.0.1:9400',
    'Chain.CoordinatorPublicKey': `02${'ab'.repeat(32)}`
  }
  t.equal(chainMode(loadConfig({ file, flags: named })), 'coordinator')
  t.equal(chainMode(loadConfig({ file, flags: { ...named, 'Chain.Mode': 'static' } })), 'static')
  const both = load("[Chain]\nMode = 'static'\nCoordinatorURL = 'http://127.0.0.1:9400'\n")
  t.equal(chainMode(both), 'static')
  t.match(both.warnings, [/\[Chain\] CoordinatorURL: not used, since \[Chain\] Mode is 'static'/])
})

t.test('a node on loopback that dials no private address is warned of', async t => {
  const listen = (address: string, more = ''): readonly string[] =>
    load(`[P2P]\nP2PAddress = '${address}'\n${more}`).warnings
  t.match(listen('127.0.0.1:9933'), [/AllowPrivate = true/])
  t.strictSame(listen('127.0.0.1:9933', 'AllowPrivate = true'), [])
  t.strictSame(listen('127.0.0.1:9933', "P2PAntAddress = 'sp0.example.com:9933'"), [])
  t.strictSame(listen('0.0.0.0:9933'), [])
})

t.test('what has no effect in this version is said in one notice', async t => {
  const { notices } = load("[Peers]\nKeepPerSp = 9\n[SpDB]\nUser = 'sp'\n[GRPC]\nAddress = '127.0.0.1:1'\n")
  t.strictSame(notices, [
    'no effect in this version, each waits for its part: [GRPC] Address (the gRPC service), [SpDB] User (the gfsp-db connector)'
  ])
})
