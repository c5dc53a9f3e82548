// Runs the tests of dist/: everything in parallel first, then what measures real time, one file after another.
//   node scripts/test.js [folder below test/ | file …]     e.g. vectors, architecture, domain/quorum.test.ts
// Prints one line a file and the details of each failure; the last line is `N passed, N failed`. Exits 1 when an
// assertion failed, a file broke off, or nothing ran.
import { existsSync, readdirSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runFiles } from './test-run.js'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const dist = join(root, 'dist/test')

/** Every compiled test whose source still exists: tsc leaves the output of deleted files behind. */
function compiledTests() {
  if (!existsSync(dist)) return []
  return readdirSync(dist, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.test.js') && existsSync(join(root, 'test', name.replace(/\.js$/, '.ts'))))
    .sort()
}

/** @param {string} argument a folder below test/ or a test file, compiled or not */
const wanted = argument => {
  const name = argument.replace(/^(dist\/)?test\//, '').replace(/\/$/, '')
  const file = name.replace(/\.ts$/, '.js')
  return test => test === file || test.startsWith(`${name}/`)
}

const filters = process.argv.slice(2).map(wanted)
const tests = compiledTests().filter(test => filters.length === 0 || filters.some(matches => matches(test)))
const timing = tests.filter(test => test.startsWith('timing/'))
const parallel = tests.filter(test => !test.startsWith('timing/'))

let passed = 0
let failed = 0
let skipped = 0
for (const [files, jobs] of [
  [parallel, 4],
  [timing, 1]
]) {
  if (files.length === 0) continue
  const counts = await runFiles(
    files.map(file => relative(process.cwd(), join(dist, file))),
    { jobs, cwd: root }
  )
  passed += counts.passed
  failed += counts.failed
  skipped += counts.skipped
}
if (tests.length === 0) console.log(`no test matches ${process.argv.slice(2).join(' ') || 'dist/test'}`)
if (skipped > 0) console.log(`${skipped} skipped`)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0
