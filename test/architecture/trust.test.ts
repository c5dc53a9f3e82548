import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

/** What only `src/trust` may look at, and who else for what reason. Paths are relative to src/. */
const RULES: readonly { readonly what: string; readonly code: RegExp; readonly allowed: readonly string[] }[] = [
  { what: 'judges a peer by the legacy mode', code: /\blegacyTier\b/, allowed: [] },
  // The option, and the assembly that hands it to trust.
  { what: 'looks at pins', code: /\bpins\b/i, allowed: ['contract.ts', 'module/parts.ts'] },
  {
    what: 'looks at the legacy mode',
    code: /\blegacyMode\b/,
    allowed: ['contract.ts', 'module/parts.ts', 'config/module-options.ts']
  },
  {
    what: 'looks whom a registry entry names',
    code: /\b(entry|listed|overview)\b[^\n]{0,20}\.nodes\)?\??\.(some|every|find|includes|length\s*[)?!=<>])/,
    allowed: []
  }
]

const COMMENTS_AND_TEXTS = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(\\.|[^'\\\n])*'|"(\\.|[^"\\\n])*"/g

function breaches(file: string, text: string): readonly string[] {
  if (file.startsWith('trust/')) return []
  const code = text.replace(COMMENTS_AND_TEXTS, '')
  return RULES.filter(rule => !rule.allowed.includes(file) && rule.code.test(code)).map(({ what }) => `${file} ${what}`)
}

const src = join(process.cwd(), 'src')
const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .map(name => name.replaceAll('\\', '/'))
  .filter(name => name.endsWith('.ts') && !/^\w+\/gen\//.test(name))

t.test('who may speak for an SP is judged in src/trust alone', async t => {
  t.ok(files.length > 30, `${files.length} files read`)
  t.strictSame(
    files.flatMap(file => breaches(file, readFileSync(join(src, file), 'utf8'))),
    []
  )
})

t.test('each place that judged by itself once would be found', async t => {
  const once = [
    "if (legacyTier(mode, entry, from) === 'refused') return",
    'const closed = nodes.length > 0 || pins?.has(sp) === true',
    'readonly legacyMode: LegacyMode',
    'const named = entry.nodes.some(node => node.peerId === peer)',
    "return entry.nodes.length > 0 ? 'closed' : 'open'",
    'const named = (overview?.nodes.length ?? 0) > 0'
  ]
  for (const code of once) t.equal(breaches('peers/x.ts', code).length, 1, code)
  t.strictSame(breaches('trust/judge.ts', once.join('\n')), [])
  t.strictSame(breaches('peers/x.ts', "// entry.nodes.some and pins\nconst text = 'legacyTier'"), [])
})

t.test('nothing is allowed that is not needed', async t => {
  for (const { what, code, allowed } of RULES) {
    for (const file of allowed) {
      const text = readFileSync(join(src, file), 'utf8').replace(COMMENTS_AND_TEXTS, '')
      t.match(text, code, `${file} ${what}`)
    }
  }
})
