import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { breaches, unitOf } from './check.js'
import { LAYERS, PACKAGES } from './layers.js'
import { readSource } from './source-file.js'

const root = process.cwd()
const src = join(root, 'src')
/** Generated code is not ours to shape. */
const GENERATED = /^\w+\/gen\//

const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .map(name => name.replaceAll('\\', '/'))
  .filter(name => name.endsWith('.ts') && !GENERATED.test(name))
  .sort()

t.test('every file of src keeps to the architecture', async t => {
  t.ok(files.length > 30, `${files.length} files read`)
  for (const file of files) t.strictSame(breaches(file, readFileSync(join(src, file), 'utf8')), [], file)
})

t.test('the table has no cycles and no rows for what is gone', async t => {
  const typesOnly = new Set(['contract', 'events', 'task-record'])
  const visit = (unit: string, path: readonly string[]): string[] => {
    if (path.includes(unit)) return [[...path, unit].join(' → ')]
    return (LAYERS[unit] ?? []).filter(to => !typesOnly.has(to)).flatMap(to => visit(to, [...path, unit]))
  }
  t.strictSame(
    Object.keys(LAYERS).flatMap(unit => visit(unit, [])),
    []
  )
  const units = new Set(files.map(unitOf))
  t.strictSame(
    Object.keys(LAYERS).filter(unit => !units.has(unit)),
    []
  )
})

t.test('every listed package is a dependency, and optional ones are declared so', async t => {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const declared = new Set([...Object.keys(manifest.dependencies), ...Object.keys(manifest.optionalDependencies)])
  t.strictSame(
    Object.keys(PACKAGES).filter(name => !declared.has(name)),
    []
  )
})

t.test('the doors of package.json are files of src', async t => {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const doors = Object.values<string | { default: string }>(manifest.exports)
    .map(door => (typeof door === 'string' ? door : door.default))
    .concat(Object.values<string>(manifest.bin))
    .filter(door => door.endsWith('.js'))
  for (const door of doors) {
    t.ok(existsSync(join(root, door.replace('./dist/', '').replace(/\.js$/, '.ts'))), door)
  }
})

t.test('an upward import is found in every form', async t => {
  const forms = [
    "import { createAsker } from '../protocols/asker.js'",
    "import type { Asker } from '../protocols/asker.js'",
    "import { type Asker } from '../protocols/asker.js'",
    "export { createAsker } from '../protocols/asker.js'",
    "export type { Asker } from '../protocols/asker.js'",
    "export * from '../protocols/asker.js'",
    "import '../protocols/asker.js'",
    "const asker = await import('../protocols/asker.js')",
    "type A = import('../protocols/asker.js').Asker"
  ]
  for (const form of forms) {
    const found = breaches('codec/task-codec.ts', `/** A comment. */\n${form}\n`)
    t.equal(found.length, 1, form)
    t.match(found[0], /^src\/codec\/task-codec\.ts:2 imports protocols\/asker\.ts: codec may import domain/)
  }
})

t.test('each further rule is found broken', async t => {
  const broken: readonly (readonly [string, string, RegExp])[] = [
    ['domain/x.ts', "import { x } from '../errors.js'", /domain may import nothing/],
    ['domain/x.ts', "import { randomBytes } from 'node:crypto'", /domain imports nothing/],
    ['queue/x.ts', "import { x } from '../peers/index.js'", /queue may import/],
    ['chain/x.ts', "import { yamux } from '@libp2p/yamux'", /only protocols may/],
    ['protocols/x.ts', "import { Level } from 'level'", /only store\/level may/],
    ['store/memory.ts', "import { Level } from 'level'", /only store\/level may/],
    ['queue/x.ts', "import _ from 'lodash'", /does not list/],
    ['api/http/x.ts', "import { x } from '../../queue/task-queue.js'", /api\/http may import/],
    ['cli/x.ts', "import { x } from '../domain/quorum.js'", /cli may import/],
    ['contract.ts', "import { TaskHistory } from './queue/history.js'", /types only/],
    ['peers/x.ts', "import x from '../../test/x.js'", /outside src/],
    ['peers/x.ts', "console.log('x')", /prints nothing/],
    ['peers/x.ts', 'process.exit(1)', /never ends a process/],
    ['peers/x.ts', 'const now = Date.now()', /Clock port/],
    ['protocols/host/x.ts', "import { dht } from '../dht/index.js'", /protocols\/host may import/],
    ['protocols/door/x.ts', "import { x } from '../v0/limits.js'", /protocols\/door may import/],
    ['protocols/muxer/x.ts', "import type { Wire } from '../wire.js'", /may import nothing beside it/],
    ['unheard-of/x.ts', 'export {}', /has no row/],
    ['peers/x.ts', 'export {}\n'.repeat(301), /has 301 lines/]
  ]
  for (const [file, text, expected] of broken) {
    const found = breaches(file, text)
    t.equal(found.length, 1, `${file}: ${text.slice(0, 60)}`)
    t.match(found[0], expected)
  }
})

t.test('what the rules allow is let through', async t => {
  const fine: readonly (readonly [string, string])[] = [
    ['store/level.ts', "import { Level } from 'level'"],
    ['store/level-records.ts', "import type { BatchOptions } from 'level'"],
    ['api/http/x.ts', "import { x } from '../../index.js'\nimport { parseSize } from '../../domain/units.js'"],
    ['cli/x.ts', "console.log('x')\nprocess.exitCode = 1"],
    ['contract.ts', "import type { Store } from './store/index.js'"],
    ['protocols/x.ts', "import type { Stream } from '@libp2p/interface'"]
  ]
  for (const [file, text] of fine) t.strictSame(breaches(file, text), [], file)
})

t.test('words in comments and strings are no imports', async t => {
  const text = "// import '../cli/main.js'\nconst text = \"import '../cli/main.js'\"\n"
  t.strictSame(readSource('x.ts', text).imports, [])
})
