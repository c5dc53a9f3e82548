import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import t from 'tap'
import { chainMode, ENTRIES, loadConfig } from '../../src/config/index.js'
import { upperSnake } from '../../src/config/keys.js'
import { ADDRESS, dir, fileOf, KEY, load, PEER, problemsOf } from './config-files.js'

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
  t.strictSame(sourceOf('Ask.Min'), { from: 'default', name: 'default' })
})

t.test("Go's zero values mean the default", async t => {
  const { settings, sourceOf } = load(
    "[P2P]\nP2PAddress = ''\nP2PPingPeriod = 0\nP2PBootstrap = []\n[Ask]\nTimeout = ''\n"
  )
  t.equal(settings.P2P.P2PAddress, '0.0.0.0:9933')
  t.equal(settings.P2P.P2PPingPeriod, 1)
  t.equal(settings.Ask.Timeout, 5_000)
  t.strictSame(sourceOf('P2P.P2PPingPeriod'), { from: 'default', name: 'default' })
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
  t.strictSame(sourceOf('Peers.TargetPerSp'), { from: 'env', name: 'SP_APPROVAL__PEERS__TARGET_PER_SP' })
  t.strictSame(sourceOf('Peers.MaxPerSp'), { from: 'file', name: file })
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

t.test('a key that an earlier version had is named, and stops nothing', async t => {
  const cwd = t.testdir({ 'config.toml': "[Ask]\nStrategy = 'all'\nMin = 2\n" })
  const { settings, notices, warnings } = loadConfig({ file: join(cwd, 'config.toml'), cwd })
  t.strictSame(warnings, [])
  t.match(notices, [/config\.toml: keys of an earlier version, without effect: \[Ask\] Strategy$/])
  t.equal(settings.Ask.Min, 2)
})
