import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

const page = readFileSync(join(process.cwd(), 'docs/SECURITY.md'), 'utf8')
const rows = [...page.matchAll(/^\| `(\w+)` \| `([^`]+)` \| `([\w./-]+)` \| (.+) \|$/gm)]

const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

t.test('every limit that SECURITY.md names stands in its file with that value', async t => {
  t.ok(rows.length > 40, `${rows.length} limits`)
  for (const [, name = '', value = '', file = ''] of rows) {
    const text = readFileSync(join(process.cwd(), 'src', file), 'utf8')
    const stands = new RegExp(`\\b${name}\\b[^\\n]*?(?:: | = |\\{ )${literal(value)}(?![\\w.])(?! \\*)`).test(text)
    t.ok(stands, `${file}: ${name} = ${value}`)
  }
})
