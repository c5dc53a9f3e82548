// Runs groups of test files, each group in a Node process of its own, and counts the TAP that they print with tap's own
// parser. tap's runner is left out: the loaders that it puts before every module (for mocks and coverage, unused here)
// double the time of a file that imports libp2p. `npx tap run <file>` still works on each.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire, SourceMap } from 'node:module'
import { dirname, relative, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const require = createRequire(import.meta.url)
/** tap's own parser, found from tap: it is not a dependency of ours. */
const { Parser } = await import(pathToFileURL(createRequire(require.resolve('tap')).resolve('tap-parser')).href)

const GROUP = fileURLToPath(new URL('./test-group.js', import.meta.url))

/** A file is to end within this; tap then tells what still ran. */
const TIMEOUT_S = 240
/** For a file that is too busy to notice, and for each further file of its group. */
const KILL_AFTER_S = TIMEOUT_S + 15
/** For what a file left behind that still holds its output. */
const GRACE_MS = 5_000

/** @typedef {{ passed: number, failed: number, skipped: number, problems: string[], seeds: string[] }} Counts */

/** @returns {Counts} */
export const none = () => ({ passed: 0, failed: 0, skipped: 0, problems: [], seeds: [] })

/** @param {Counts} sum @param {Counts} counts */
export function add(sum, counts) {
  sum.passed += counts.passed
  sum.failed += counts.failed
  sum.skipped += counts.skipped
  sum.problems.push(...counts.problems)
  sum.seeds.push(...counts.seeds)
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
  parser.on('comment', text => {
    if (text.startsWith('# seed ')) counts.seeds.push(text.trim())
  })
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

/** @param {readonly string[]} files one after another in one process @param {string} cwd @returns {Promise<Counts>} */
async function runGroup(files, cwd) {
  const child = spawn(process.execPath, [GROUP, ...files], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TAP: '1', TAP_TIMEOUT: String(TIMEOUT_S) }
  })
  const kill = () => child.kill('SIGKILL')
  let overdue = setTimeout(kill, KILL_AFTER_S * 1000)
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
  /** @type {{ file: string, counts: Counts, spent: string | undefined }[]} */
  const done = []
  parser.on('child', sub => {
    clearTimeout(overdue)
    overdue = setTimeout(kill, KILL_AFTER_S * 1000)
    done.push({ file: sub.name, counts: count(sub, [sub.name]), spent: undefined })
  })
  parser.on('assert', ({ ok, name, diag }) => {
    const last = done.at(-1)
    if (last !== undefined && !ok && last.counts.failed === 0) fail(last.counts, [name], diag)
  })
  parser.on('comment', text => {
    const [, ms, cpuMs] = /^# measured (\d+) (\d+)/.exec(text) ?? []
    const last = done.at(-1)
    if (ms !== undefined && last !== undefined) last.spent = `${ms} ms, ${cpuMs} ms of CPU`
  })
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

  for (const file of files.slice(done.length)) done.push({ file, counts: none(), spent: undefined })
  for (const { file, counts, spent } of done) {
    if (spent === undefined)
      fail(counts, [file], { message: 'its process ended before it did', exitCode: code, signal })
    else if (counts.passed + counts.failed === 0) fail(counts, [file], { message: 'the file has no assertion' })
  }
  const last = done.at(-1)
  const all = none()
  for (const { counts } of done) add(all, counts)
  if (all.failed === 0 && (code !== 0 || !results.ok)) {
    const message = results.bailout || results.failures.map(({ tapError }) => tapError).find(Boolean)
    fail(last.counts, [last.file], { message, exitCode: code, signal })
  }
  const outlived = { message: 'a process that a file started outlives it and holds its output' }
  if (orphaned) fail(last.counts, [last.file], outlived)
  for (const { file, counts, spent } of done) report(file, counts, spent)
  if (stderr !== '') console.log(`  stderr of ${files.join(', ')}: ${stderr.trimEnd().replaceAll('\n', '\n    ')}`)
  const sum = none()
  for (const { counts } of done) add(sum, counts)
  return sum
}

/** @param {string} file @param {Counts} counts @param {string} [spent] */
function report(file, counts, spent = 'not ended') {
  const state = counts.failed === 0 ? 'ok  ' : 'FAIL'
  console.log(`${state} ${file} (${counts.passed} passed, ${counts.failed} failed, ${spent})`)
  for (const problem of counts.problems) console.log(`  ✗ ${problem}`)
  if (counts.failed > 0) for (const seed of counts.seeds) console.log(`  ${seed}`)
}

/** @param {string[][]} groups begun in this order @param {{ jobs: number, cwd: string }} options @returns {Promise<Counts>} */
export async function runGroups(groups, { jobs, cwd }) {
  const counts = none()
  const queue = groups.values()
  const worker = async () => {
    for (const files of queue) add(counts, await runGroup(files, cwd))
  }
  await Promise.all(Array.from({ length: jobs }, worker))
  return counts
}
