import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { parse, stringify } from 'smol-toml'
import t from 'tap'
import { ConfigError, InvalidArgumentError } from '../../src/errors.js'
import { systemClock } from '../../src/kit/clock.js'
import { silentLogger } from '../../src/logger.js'
import { chainPolicy } from '../../src/policy/chain-policy.js'
import { commandLine } from '../../src/policy/command-line.js'
import { defaultWord } from '../../src/policy/default-word.js'
import { filePolicy } from '../../src/policy/file-policy.js'
import { parsePolicyFile } from '../../src/policy/policy-file.js'
import { ASKER, facts, OTHER } from './facts.js'

const SHIPPED = fileURLToPath(new URL('../../../configs/policy.toml', import.meta.url))
const shipped = readFileSync(SHIPPED, 'utf8')

const policyOf = (text: string) => {
  const { rules, otherwise } = parsePolicyFile(text, 'policy.toml')
  return chainPolicy(rules, defaultWord(otherwise), { clock: systemClock, logger: silentLogger, timeoutMs: 100 })
}
const complaintAbout = (text: string): string => {
  try {
    parsePolicyFile(text, '/etc/sp/policy.toml')
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
  return 'accepted'
}

t.test('the shipped file names every key and gives each its default value', async t => {
  const text = policyOf(shipped)
  const empty = policyOf('# nothing said\n')
  t.same(text.describe(), empty.describe())
  t.same(text.limits(), empty.limits())
  t.same(text.rates(), empty.rates())
  t.equal(complaintAbout(shipped.replace(/^# (\[\[|\w+ =)/gm, '$1')), 'accepted')
  t.match(await text.decide(facts()), { outcome: 'approve', rule: 'default' })
  // The keys the checker knows are those it lists when it meets one that is like none of them.
  for (const table of ['', 'Askers', 'Payload', 'Capacity', 'Rate', 'Object', '[Maintenance]']) {
    const known = complaintAbout(`${table === '' ? '' : `[${table}]\n`}zzzzzzzzzzzz = 1`)
    const keys = /expected one of (.+), got an unknown key$/.exec(known)?.[1]?.split(', ') ?? []
    t.ok(keys.length > 0, known)
    for (const key of keys) t.match(shipped, new RegExp(`^(# )?(\\[+${key}\\]|${key} =)`, 'm'), `${table} ${key}`)
  }
})

t.test('every key does what it says', async t => {
  const sets: [string, Parameters<typeof facts>[0], object][] = [
    ["Default = 'refuse'", {}, { rule: 'default', code: 'POLICY' }],
    [`[Askers]\nAllow = ['${OTHER}']`, {}, { rule: 'allow' }],
    [`[Askers]\nDeny = ['${ASKER}']\nAllow = ['${ASKER}']`, {}, { rule: 'deny' }],
    ["[Payload]\nMax = '1GiB'", {}, { rule: 'max-payload-size', code: 'TOO_LARGE' }],
    ["[Payload]\nMin = '5GiB'", {}, { rule: 'min-payload-size' }],
    ["[Capacity]\nTotal = '10GiB'", { freeBytes: 5n }, { rule: 'capacity', code: 'NO_CAPACITY' }],
    ["[Capacity]\nKeepFree = '100GiB'", {}, { rule: 'free-capacity', code: 'NO_CAPACITY' }],
    ["[Object]\nVisibility = ['PRIVATE']", {}, { rule: 'visibility' }],
    ["[Object]\nRedundancy = ['REPLICA']", {}, { rule: 'redundancy' }],
    ['[Object]\nMinDataChunks = 5', {}, { rule: 'data-chunks' }],
    ['[Object]\nMaxDataChunks = 3', {}, { rule: 'data-chunks' }],
    ['[Object]\nMinParityChunks = 3', {}, { rule: 'parity-chunks' }],
    ['[Object]\nMaxParityChunks = 1', {}, { rule: 'parity-chunks' }],
    [
      '[[Maintenance]]\nFrom = 2026-08-01T02:00:00Z\nTo = "2026-08-01T06:00:00+02:00"',
      {},
      { rule: 'maintenance', code: 'NOT_IN_SERVICE', reason: 'maintenance until 2026-08-01T04:00:00Z' }
    ],
    [
      "[[Maintenance]]\nDaily = '02:00-03:30'\nCode = 'POLICY'\nReason = 'backup'",
      {},
      { rule: 'maintenance', code: 'POLICY', reason: 'backup until 03:30 UTC' }
    ]
  ]
  for (const [text, changes, expected] of sets) {
    t.match(await policyOf(text).decide(facts(changes)), { outcome: 'refuse', ...expected }, text)
  }
  const policy = policyOf(
    "[Capacity]\nTotal = '10GiB'\nKeepFree = '1GiB'\nPerAskerPercent = 50\nPerAskerGrants = 7\nTotalGrants = 9\n[Rate]\nPerSp = 2\nPerOpenSp = 3\nTotal = 4"
  )
  t.same(policy.limits(), {
    capacityBytes: 10n << 30n,
    keepFreeBytes: 1n << 30n,
    perAskerPercent: 50n,
    perAskerGrants: 7,
    totalGrants: 9
  })
  t.same(policy.rates(), { perSp: 2, perOpenSp: 3, total: 4 })
})

t.test('what is wrong is told in one line: file, key, expected, got', async t => {
  const wrong: [string, string][] = [
    ['', 'policy.toml: expected a policy, got an empty file'],
    ['\n \n', 'policy.toml: expected a policy, got an empty file'],
    ['Default = ', 'policy.toml:1: expected valid TOML, got invalid value'],
    [
      '[Payload]\nMax = 1\nMax = 2',
      'policy.toml:3: expected valid TOML, got trying to redefine an already defined table or value'
    ],
    ["Defualt = 'approve'", 'policy.toml: Defualt: expected a known key, got an unknown one, did you mean Default?'],
    ['[Payloads]', 'policy.toml: Payloads: expected a known key, got an unknown one, did you mean Payload?'],
    [
      "[Payload]\nmax = '5GiB'",
      'policy.toml: [Payload] max: expected a known key, got an unknown one, did you mean Max?'
    ],
    ['[Payload]\nColour = 1', 'policy.toml: [Payload] Colour: expected one of Max, Min, got an unknown key'],
    ['"a\\nb" = 1', /^policy\.toml: "a\\nb": expected one of Default/] as unknown as [string, string],
    ["Default = 'maybe'", `policy.toml: Default: expected 'approve' or 'refuse', got "maybe"`],
    ['Payload = 5', 'policy.toml: Payload: expected a table of Max, Min, got 5'],
    ['[Payload]\nMax = 5', "policy.toml: [Payload] Max: expected a size such as '5GiB', got 5"],
    ["[Payload]\nMax = '5 apples'", `policy.toml: [Payload] Max: expected a size such as '5GiB', got "5 apples"`],
    [
      "[Payload]\nMin = '2GiB'\nMax = '1GiB'",
      'policy.toml: [Payload] Min: expected a size not above Max, got 2GiB above 1GiB'
    ],
    [
      "[Capacity]\nTotal = '1GiB'\nKeepFree = '1GiB'",
      'policy.toml: [Capacity] KeepFree: expected a size below Total, got 1GiB of 1GiB'
    ],
    [
      '[Capacity]\nPerAskerPercent = 0',
      'policy.toml: [Capacity] PerAskerPercent: expected a whole number from 1 to 100, got 0'
    ],
    ['[Rate]\nPerSp = 1.5', 'policy.toml: [Rate] PerSp: expected a whole number from 1 to 1000000, got 1.5'],
    ['[Rate]\nPerSp = true', 'policy.toml: [Rate] PerSp: expected a whole number from 1 to 1000000, got true'],
    [
      "[Askers]\nAllow = ['0x12']",
      'policy.toml: [Askers] Allow: expected an address of 0x and 40 hex digits, got "0x12"'
    ],
    ["[Askers]\nAllow = '0x12'", 'policy.toml: [Askers] Allow: expected a list of at most 2048 addresses, got "0x12"'],
    ['[Object]\nVisibility = []', 'policy.toml: [Object] Visibility: expected at least one name, got none'],
    ["[Object]\nRedundancy = ['RAID']", `policy.toml: [Object] Redundancy: expected 'EC' or 'REPLICA', got "RAID"`],
    [
      '[Object]\nMinDataChunks = 5\nMaxDataChunks = 4',
      'policy.toml: [Object] MinDataChunks: expected a number not above MaxDataChunks, got 5 above 4'
    ],
    ['[[Maintenance]]', 'policy.toml: [Maintenance]: expected either Daily, or From and To, got an empty table'],
    [
      "[[Maintenance]]\nDaily = '02:00-03:00'\nTo = 2026-08-01T02:00:00Z",
      'policy.toml: [Maintenance]: expected either Daily, or From and To, got Daily, To'
    ],
    [
      '[[Maintenance]]\nFrom = 2026-08-01T02:00:00\nTo = 2026-08-01T03:00:00Z',
      'policy.toml: [Maintenance] From: expected a time with its offset such as 2026-08-01T02:00:00Z, got a date or time'
    ],
    [
      '[[Maintenance]]\nFrom = 2026-08-01T02:00:00Z\nTo = 2026-08-01T02:00:00Z',
      'policy.toml: [Maintenance] To: expected a time after From 2026-08-01T02:00:00.000Z, got 2026-08-01T02:00:00.000Z'
    ],
    [
      "[[Maintenance]]\nDaily = '2:00-3:00'",
      `policy.toml: [Maintenance] Daily: expected two different times 'HH:MM-HH:MM' in UTC, got "2:00-3:00"`
    ],
    ["Maintenance = 'now'", 'policy.toml: Maintenance: expected a list of at most 2048 tables, got "now"']
  ]
  for (const [text, message] of wrong) {
    if (typeof message === 'string') t.equal(complaintAbout(text), message)
    else t.match(complaintAbout(text), message)
  }
})

t.test(
  'a file that is missing, a folder, too large or no text is a ConfigError with exit code 2 at the start',
  async t => {
    const dir = t.testdir({ large: '#'.repeat(300_000), binary: Buffer.from([0x23, 0xff, 0xfe]), folder: {} })
    for (const [name, words] of [
      ['missing', /missing: expected a readable policy file, got no such file$/],
      ['folder', /folder: expected a policy file, got something else/],
      ['large', /large: expected a policy of at most 262144 bytes, got 300000/],
      ['binary', /binary: expected a readable policy file, got The encoded data was not valid/]
    ] as const) {
      t.throws(() => filePolicy({ file: `${dir}/${name}` }), { name: 'ConfigError', exitCode: 2, message: words }, name)
    }
  }
)

t.test('a command is split by blanks and quotes and by nothing else', async t => {
  t.same(commandLine(''), [])
  t.same(commandLine(`  node  'my check.js' --min="5 GiB"x ''\t$HOME *`), [
    'node',
    'my check.js',
    '--min=5 GiBx',
    '',
    '$HOME',
    '*'
  ])
  t.same(commandLine(['/bin/my check', 'a b']), ['/bin/my check', 'a b'])
  for (const wrong of ["node 'x", '"', "''", 'a\0b'])
    t.throws(() => commandLine(wrong), InvalidArgumentError, JSON.stringify(wrong))
  t.throws(() => commandLine([5 as unknown as string]), InvalidArgumentError)
})

t.test('whatever a file holds, it is a policy or one line of complaint', async t => {
  const seed = Date.now() & 0x7fffffff
  t.comment(`seed ${seed}`)
  const keys = [...shipped.matchAll(/^(?:# )?\[*([A-Z]\w+)\]*(?: =|$)/gm)].map(([, key = '']) => key)
  const key = fc.oneof(fc.constantFrom(...keys), fc.string(), fc.constantFrom('__proto__', 'constructor', 'Defaul'))
  const text = fc.oneof(
    fc.string({ unit: 'binary-ascii' }),
    fc.constantFrom('approve', '5GiB', 'PRIVATE', 'EC', '02:00-03:00', ASKER, '2026-08-01T00:00:00Z')
  )
  const { value } = fc.letrec<{ value: unknown; table: unknown; list: unknown[] }>(tie => ({
    value: fc.oneof(
      { maxDepth: 3 },
      text,
      fc.integer(),
      fc.double(),
      fc.boolean(),
      fc.date(),
      tie('list'),
      tie('table')
    ),
    list: fc.array(tie('value'), { maxLength: 4 }),
    table: fc.dictionary(key, tie('value'), { maxKeys: 5 })
  }))
  const tables = fc.dictionary(key, value, { maxKeys: 6 }).map(table => {
    try {
      return stringify(table)
    } catch {
      return 'Default = "approve"' // what TOML cannot say, such as a date without a year of four digits
    }
  })
  const damaged = fc
    .array(fc.record({ at: fc.nat(shipped.length), cut: fc.nat(8), put: fc.string({ maxLength: 4 }) }), {
      minLength: 1
    })
    .map(edits => edits.reduce((text, { at, cut, put }) => text.slice(0, at) + put + text.slice(at + cut), shipped))
  const seen = { accepted: 0, refused: 0 }
  fc.assert(
    fc.property(fc.oneof(tables, damaged, fc.string()), text => {
      const complaint = complaintAbout(text)
      seen[complaint === 'accepted' ? 'accepted' : 'refused']++
      return !/[\r\n]/.test(complaint) && complaint.length < 500
    }),
    { seed, numRuns: 3_000 }
  )
  t.ok(seen.accepted > 20 && seen.refused > 20, `${seen.accepted} accepted, ${seen.refused} refused`)
  t.ok(Object.keys(parse(shipped)).length >= 6)
})
