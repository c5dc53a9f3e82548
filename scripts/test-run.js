// One run of tap over some files: its TAP stream is read here, so that the figures are counted and not scraped.
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

const require = createRequire(import.meta.url)
const tapEntry = require.resolve('tap')
const tapBin = require.resolve('tap/package.json').replace(/package\.json$/, 'dist/esm/run.mjs')
/** tap's own parser, found from tap: it is not a dependency of ours. */
const { Parser } = await import(pathToFileURL(createRequire(tapEntry).resolve('tap-parser')).href)

/** @typedef {{ passed: number, failed: number, skipped: number, problems: string[] }} Counts */

/** @returns {Counts} */
const none = () => ({ passed: 0, failed: 0, skipped: 0, problems: [] })

/**
 * Counts the assertions below a parser. A subtest's own line is not an assertion; it counts as one failure only where
 * nothing below it explains it: a crash, a timeout, a wrong plan, no assertion at all.
 * @param {any} parser @param {string[]} path @param {(path: string[], counts: Counts, result: any) => void} [onChild]
 * @returns {Counts}
 */
function count(parser, path, onChild) {
  const counts = none()
  /** @type {{ name: string, counts: Counts } | undefined} */
  let child
  parser.on('child', sub => {
    child = { name: sub.name, counts: count(sub, [...path, sub.name]) }
  })
  parser.on('assert', result => {
    const isFile = path.length === 0
    const below = child?.counts ?? (isFile ? none() : undefined)
    child = undefined
    if (below === undefined) return tally(counts, path, result)
    if (!result.ok && below.failed === 0) fail(below, [...path, result.name], result)
    else if (isFile && below.passed + below.failed === 0) {
      fail(below, [result.name], { diag: { message: 'the file has no assertion' } })
    }
    counts.passed += below.passed
    counts.failed += below.failed
    counts.skipped += below.skipped
    counts.problems.push(...below.problems)
    onChild?.([...path, result.name], below, result)
  })
  return counts
}

function tally(counts, path, result) {
  if (result.skip || result.todo) counts.skipped++
  else if (result.ok) counts.passed++
  else fail(counts, [...path, result.name], result)
}

function fail(counts, path, { diag }) {
  counts.failed++
  counts.problems.push(`${path.join(' > ')}\n${details(diag ?? {})}`)
}

/** What a reader of a log needs of tap's diagnostics. */
function details(diag) {
  const { at, diff, found, wanted, message, stack, exitCode, signal, expired, stderr } = diag
  const where = at?.fileName === undefined ? undefined : `${at.fileName}:${at.lineNumber}:${at.columnNumber}`
  const compared = diff ?? (found !== undefined || wanted !== undefined ? JSON.stringify({ found, wanted }) : undefined)
  const parts = { at: where, message, exitCode, signal, expired, compared, stack, stderr }
  return Object.entries(parts)
    .filter(([, value]) => value !== undefined && value !== null && value !== '')
    .map(([name, value]) => `    ${name}: ${String(value).trimEnd().replaceAll('\n', '\n      ')}`)
    .join('\n')
}

/** @param {string[]} files @param {{ jobs: number, cwd: string }} options @returns {Promise<Counts>} */
export async function runFiles(files, { jobs, cwd }) {
  const args = ['run', '--disable-coverage', '--reporter=tap', '--no-color', `--jobs=${jobs}`, ...files]
  const tap = spawn(process.execPath, [tapBin, ...args], { cwd, stdio: ['ignore', 'pipe', 'inherit'] })
  const parser = new Parser()
  const missing = new Set(files)
  const counts = count(parser, [], ([file], below, result) => {
    missing.delete(file)
    const state = below.failed === 0 ? 'ok  ' : 'FAIL'
    const time = typeof result.time === 'number' ? `, ${Math.round(result.time)} ms` : ''
    console.log(`${state} ${file} (${below.passed} passed, ${below.failed} failed${time})`)
    for (const problem of below.problems) console.log(`  ✗ ${problem}`)
  })
  parser.on('bailout', reason => console.log(`FAIL the run was given up: ${reason}`))
  tap.stdout.pipe(parser)
  const [status] = await Promise.all([
    new Promise((resolve, reject) => {
      tap.once('error', reject)
      tap.once('close', code => resolve(code))
    }),
    new Promise(resolve => parser.once('complete', resolve))
  ])
  // tap gives up the files behind one that ran into its timeout.
  for (const file of missing) console.log(`FAIL ${file} (did not run)`)
  counts.failed += missing.size
  if (status !== 0 && counts.failed === 0) {
    console.log(`FAIL tap exited with ${status ?? 'a signal'}`)
    counts.failed++
  }
  return counts
}
