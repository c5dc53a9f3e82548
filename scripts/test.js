// Runs the tests of dist/: everything in parallel first, then what measures real time or needs the machine for itself
// (test/timing), one file after another. Files of the folders of GROUPS share a process, where what they import is loaded
// once; each other file has its own, and so has one that says `// Own process: REASON`.
//   node scripts/test.js [folder below test/ | file …]     e.g. vectors, architecture, domain/quorum.test.ts
// Prints one line a file and the details of each failure; the last line is `N passed, N failed`. Exits 1 when an
// assertion failed, a file broke off, or nothing ran.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { add, none, runGroups } from './test-run.js'

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

/** What takes longest comes first, so that no long file runs on when all others are done. */
const LONGEST = [
  'chaos/',
  'timing/drain',
  'timing/slow-peers',
  'cli/',
  'docs/readme',
  'integration/',
  'fuzz/',
  'protocols/asking',
  'protocols/',
  'store/crash',
  'api/'
]
const rank = test => {
  const found = LONGEST.findIndex(start => test.startsWith(start))
  return found < 0 ? LONGEST.length : found
}

/** Folders below test/ whose files share a process. */
const GROUPS = [
  ['protocols/v0', 'protocols/door', 'protocols/muxer', 'protocols/host', 'protocols/patches', 'protocols/dht'],
  ['protocols/reach', 'protocols/dialling', 'peers', 'trust', 'module'],
  ['protocols/asking', 'protocols/granting', 'grants', 'chain', 'coordinator'],
  ['api'],
  ['architecture'],
  ['store', 'policy', 'identity', 'lifecycle'],
  ['domain', 'codec', 'vectors', 'config', 'kit', 'queue', 'resources', 'testing']
]

/** @param {string[]} tests @returns {string[][]} in the order of the first file of each */
function grouped(tests) {
  const groups = new Map()
  for (const test of tests) {
    const group = GROUPS.find(folders => folders.some(folder => test.startsWith(`${folder}/`)))
    const own = readFileSync(join(root, 'test', test.replace(/\.js$/, '.ts')), 'utf8').startsWith('// Own process: ')
    const key = group === undefined || own ? test : group
    groups.set(key, [...(groups.get(key) ?? []), test])
  }
  return [...groups.values()]
}

const filters = process.argv.slice(2).map(wanted)
const tests = compiledTests()
  .filter(test => filters.length === 0 || filters.some(matches => matches(test)))
  .sort((a, b) => rank(a) - rank(b))
const timing = tests.filter(test => test.startsWith('timing/'))
const parallel = tests.filter(test => !test.startsWith('timing/'))
const cores = availableParallelism()

const counts = none()
for (const [files, jobs] of [
  // two more than cores: many files wait for a deadline most of the time
  [parallel, cores + 2],
  [timing, 1]
]) {
  const groups = grouped(files).map(group => group.map(file => relative(root, join(dist, file))))
  add(counts, await runGroups(groups, { jobs, cwd: root }))
}
const { passed, failed, skipped } = counts
if (tests.length === 0) console.log(`no test matches ${process.argv.slice(2).join(' ') || 'dist/test'}`)
if (skipped > 0) console.log(`${skipped} skipped`)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0
