import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { OTHER_MODULES_KEYS } from '../../src/config/gfsp-keys.js'
import { ENTRIES, loadConfig } from '../../src/config/index.js'

const vectors = process.env.SP_APPROVAL_VECTORS ?? join(process.cwd(), 'test/vectors/gfsp-0.0.1')
const file = join(vectors, 'gfsp-config.toml')

/** Every key of the file with its section, read without our parser. */
function keysOf(text: string): readonly (readonly [section: string, key: string, value: string])[] {
  let section = ''
  return text.split('\n').flatMap(line => {
    section = /^\[(.+)\]$/.exec(line)?.[1] ?? section
    const [, key, value] = /^(\w+) = (.*)$/.exec(line) ?? []
    return key === undefined || value === undefined ? [] : [[section, key, value] as const]
  })
}

t.test("the Go provider's file parses unchanged, and each key works or is named once", async t => {
  const { notices, settings, warnings } = loadConfig({ file })
  t.strictSame(warnings, [])
  t.equal(notices.length, 1)
  const named = notices[0]?.split(': ').at(-1)?.split(', ') ?? []
  const keys = keysOf(readFileSync(file, 'utf8'))
  t.ok(keys.length > 150, `${keys.length} keys`)
  for (const [section, key] of keys) {
    const works = ENTRIES.some(entry => entry.section === section && entry.name === key)
    const times = named.filter(name => name === (section === '' ? key : `[${section}] ${key}`)).length
    t.equal(times, works ? 0 : 1, `[${section}] ${key} ${works ? 'works' : 'is named once'}`)
  }
  const { settings: defaults } = loadConfig({ cwd: vectors })
  t.strictSame(settings, defaults, 'zero values everywhere mean the defaults')
})

t.test('the tables name no key that the Go provider does not have', async t => {
  const keys = new Set(keysOf(readFileSync(file, 'utf8')).map(([section, key]) => `${section}.${key}`))
  const tables = [
    ...Object.entries(OTHER_MODULES_KEYS).flatMap(([section, names]) => names.map(name => `${section}.${name}`)),
    ...ENTRIES.filter(entry => entry.key.from === 'gfsp').map(entry => `${entry.section}.${entry.name}`)
  ]
  t.strictSame(
    tables.filter(name => !keys.has(name)),
    []
  )
  t.equal(tables.length, keys.size, 'and together they name all of them')
})

t.test('a filled Go file keeps its meaning', async t => {
  const values: Readonly<Record<string, string>> = {
    P2PAddress: "'0.0.0.0:9633'",
    P2PAntAddress: "'sp0.example.com:9633'",
    P2PPingPeriod: '2',
    ReplicatePieceTimeoutHeight: '1000',
    AskReplicateApprovalParallelPerNode: '77',
    SpOperatorAddress: "'0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266'",
    MetricsHTTPAddress: "'localhost:24367'",
    DisableRcmgr: 'true',
    ChainID: "'greenfield_9000-1'",
    Server: "['manager', 'P2P']",
    FundingPrivateKey: "'11'",
    SealFeeAmount: '15'
  }
  const text = readFileSync(file, 'utf8').replace(/^(\w+) = .*$/gm, (line, key: string) =>
    Object.hasOwn(values, key) ? `${key} = ${values[key]}` : line
  )
  const filled = join(t.testdir(), 'config.toml')
  writeFileSync(filled, text, { mode: 0o600 })
  const { settings } = loadConfig({ file: filled })
  t.equal(settings.P2P.P2PAddress, '0.0.0.0:9633')
  t.equal(settings.P2P.P2PAntAddress, 'sp0.example.com:9633')
  t.equal(settings.P2P.P2PPingPeriod, 2)
  t.equal(settings.Approval.ReplicatePieceTimeoutHeight, 1_000)
  t.equal(settings.Parallel.AskReplicateApprovalParallelPerNode, 77)
  t.equal(settings.Rcmgr.DisableRcmgr, true)
  t.equal(settings.Monitor.MetricsHTTPAddress, 'localhost:24367')
})
