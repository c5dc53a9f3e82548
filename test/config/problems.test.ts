import { join } from 'node:path'
import t from 'tap'
import { loadConfig } from '../../src/config/index.js'
import { dir, fileOf, KEY, load, PEER, problemsOf } from './config-files.js'

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
    [
      "[Api]\nHTTPAddress = '127.0.0.1:9380'\n[Monitor]\nMetricsHTTPAddress = 'localhost:9380'",
      /\[Monitor\] MetricsHTTPAddress: expected a place of its own, got localhost:9380, where \[Api\] HTTPAddress = '127\.0\.0\.1:9380' listens too$/
    ],
    ["[Api]\nHTTPAddress = '127.0.0.1:9933'", /\[P2P\] P2PAddress: expected a place of its own, got 0\.0\.0\.0:9933/],
    ["[Monitor]\nProbeHTTPAddress = '[::]:9380'", /\[Monitor\] ProbeHTTPAddress: expected a place of its own/],
    ['[Ask]\nMin = 11', /\[Ask\] Min: expected at most \[Ask\] Max = 10, got 11$/],
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
