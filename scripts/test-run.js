// Runs test files, each in a Node process of its own, and counts the TAP that they print with tap's own parser. tap's
// runner is left out: the loaders that it puts before every module (for mocks and coverage, unused here) double the
// time of a file that imports libp2p. `npx tap run <file>` still works on each.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire, SourceMap } from 'node:module'
import { dirname, relative, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const require = createRequire(import.meta.url)
/** tap's own parser, found from tap: it is not a dependency of ours. */
const { Parser } = await import(pathToFileURL(createRequire(require.resolve('tap')).resolve('tap-parser')).href)

/** A file is to end within this; tap then tells what still ran. */
const TIMEOUT_S = 240
/** For a file that is too busy to notice. */
const KILL_AFTER_S = TIMEOUT_S + 15
/** For what a file left behind that still holds its output. */
const GRACE_MS = 5_000

/** @typedef {{ passed: number, failed: number, skipped: number, problems: string[] }} Counts */

/** @returns {Counts} */
export const none = () => ({ passed: 0, failed: 0, skipped: 0, problems: [] })

/** @param {Counts} sum @param {Counts} counts */
export function add(sum, counts) {
  sum.passed += counts.passed
  sum.failed += counts.failed
  sum.skipped += counts.skipped
  sum.problems.push(...counts.problems)
}

/**
 * Counts the assertions below a parser. A subtest's own line is not an assertion; it counts as one failure only where
 * nothing below it explains it: a throw, a timeout, a wrong plan.
 * @param {any} parser @param {string[]} path
 * @returns {Counts}
 */
function count(parser, path) {
  const counts = none()
  /** @type {Counts | undefined} */
  let below
  parser.on('child', sub => {
    below = count(sub, [...path, sub.name])
  })
  parser.on('assert', result => {
    const child = below
    below = undefined
    if (child === undefined) return tally(counts, path, result)
    if (!result.ok && child.failed === 0) fail(child, [...path, result.name], result.diag)
    add(counts, child)
  })
  return counts
}

function tally(counts, path, result) {
  if (result.skip || result.todo) counts.skipped++
  else if (result.ok) counts.passed++
  else fail(counts, [...path, result.name], result.diag)
}

function fail(counts, path, diag) {
  counts.failed++
  counts.problems.push(`${path.join(' > ')}\n${details(diag ?? {})}`)
}

/** What a reader of a log needs of tap's diagnostics. */
function details(diag) {
  const { at, diff, found, wanted, message, stack, exitCode, signal, expired, handles, requests } = diag
  const where = at?.fileName === undefined ? undefined : `${at.fileName}:${at.lineNumber}:${at.columnNumber}`
  const compared = diff ?? (found !== undefined || wanted !== undefined ? JSON.stringify({ found, wanted }) : undefined)
  const open = [...(handles ?? []), ...(requests ?? [])].map(({ type }) => type).join(', ')
  const parts = { at: where, message, exitCode, signal, expired, open, compared, stack }
  return Object.entries(parts)
    .filter(([, value]) => value !== undefined && value !== null && value !== '')
    .map(([name, value]) => `    ${name}: ${inSource(String(value)).trimEnd().replaceAll('\n', '\n      ')}`)
    .join('\n')
}

/** Places in dist/ as the places in the TypeScript they came from: cheaper here than `--enable-source-maps` in each. */
function inSource(text) {
  return text.replace(
    /(?:file:\/\/)?([^\s()]*\bdist\/(?:src|test)\/[\w./-]+\.js):(\d+):(\d+)/g,
    (place, file, line, column) => {
      try {
        const map = new SourceMap(JSON.parse(readFileSync(`${file}.map`, 'utf8')))
        const { fileName, lineNumber, columnNumber } = map.findOrigin(Number(line), Number(column))
        const source = relative(process.cwd(), resolve(dirname(file), fileName))
        return `${source}:${lineNumber}:${columnNumber}`
      } catch {
        return place // no map: the place in dist/ is still one
      }
    }
  )
}

/** @param {string} file @param {string} cwd @returns {Promise<Counts>} */
async function runFile(file, cwd) {
  const started = performance.now()
  const child = spawn(process.execPath, [file], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TAP: '1', TAP_TIMEOUT: String(TIMEOUT_S) }
  })
  const overdue = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_S * 1000)
  let [grace, orphaned] = [undefined, false]
  child.once('exit', () => {
    grace = setTimeout(() => {
      orphaned = true
      child.stdout.destroy()
      child.stderr.destroy()
      parser.end()
    }, GRACE_MS)
  })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', text => {
    stderr += text
  })
  const parser = new Parser()
  const counts = count(parser, [file])
  child.stdout.pipe(parser)
  const [[code, signal], results] = await Promise.all([
    new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (...ended) => resolve(ended))
    }),
    new Promise(resolve => parser.once('complete', resolve))
  ])
  clearTimeout(overdue)
  clearTimeout(grace)
  if (counts.failed === 0 && (code !== 0 || !results.ok)) {
    const message = results.bailout || results.failures.map(({ tapError }) => tapError).find(Boolean)
    fail(counts, [file], { message, exitCode: code, signal })
  } else if (counts.passed + counts.failed === 0) fail(counts, [file], { message: 'the file has no assertion' })
  if (orphaned) fail(counts, [file], { message: 'a process that the file started outlives it and holds its output' })
  report(file, counts, stderr, performance.now() - started)
  return counts
}

function report(file, counts, stderr, ms) {
  const state = counts.failed === 0 ? 'ok  ' : 'FAIL'
  console.log(`${state} ${file} (${counts.passed} passed, ${counts.failed} failed, ${Math.round(ms)} ms)`)
  for (const problem of counts.problems) console.log(`  ✗ ${problem}`)
  if (stderr !== '') console.log(`  stderr: ${stderr.trimEnd().replaceAll('\n', '\n    ')}`)
}

/** @param {string[]} files begun in this order @param {{ jobs: number, cwd: string }} options @returns {Promise<Counts>} */
export async function runFiles(files, { jobs, cwd }) {
  const counts = none()
  const queue = files.values()
  const worker = async () => {
    for (const file of queue) add(counts, await runFile(file, cwd))
  }
  await Promise.all(Array.from({ length: jobs }, worker))
  return counts
}
