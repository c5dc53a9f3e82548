/**
 * `npm run chaos [-- row… --short --json --seed N --only PART,…]`: puts networks of real hosts and processes under stress, row by row.
 * Tells what it does on stderr with --json, whose stdout is one object; exits 1 when a goal is missed.
 */
import { parseArgs } from 'node:util'
import { type Figure, holds, lineOf } from './harness/figures.js'
import { type Row, seeded } from './harness/row.js'
import { createScope, type Scope } from './harness/scope.js'
import { ROWS } from './rows/index.js'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    short: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    seed: { type: 'string' },
    only: { type: 'string' }
  }
})
const unknown = positionals.filter(name => !ROWS.some(row => row.name === name))
if (unknown.length > 0) refuse(`expected rows of ${ROWS.map(row => row.name).join(', ')}, got ${unknown.join(', ')}`)
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(values.seed)
if (!Number.isInteger(seed) || seed < 0) refuse(`--seed: expected a whole number, got ${values.seed}`)

const begun = performance.now()
const tell = (text: string): void => {
  const line = `${((performance.now() - begun) / 1_000).toFixed(1).padStart(7)} s  ${text}\n`
  if (values.json) process.stderr.write(line)
  else process.stdout.write(line)
}

let current: Scope | undefined
let interrupted = false
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // Asked twice: the processes of the row are ended on the way out.
    if (interrupted) process.exit(130)
    interrupted = true
    tell(`${signal}: ending the row's processes; once more to end at once`)
    void (current?.close() ?? Promise.resolve()).finally(() => process.exit(130))
  })
}

tell(`seed ${seed}${values.short ? ', short form' : ''}`)
const figures: Figure[] = []
for (const row of ROWS) {
  if (positionals.length > 0 && !positionals.includes(row.name)) continue
  tell(`${row.name}: ${row.shows}`)
  const measured = await runRow(row)
  figures.push(...measured)
  for (const figure of measured) tell(`  ${lineOf(figure)}`)
}
const ok = figures.every(figure => figure.ok)
const missed = figures.filter(figure => !figure.ok).length
tell(ok ? `ok: ${figures.length} figures` : `FAILED: ${missed} of ${figures.length} figures miss their goal`)
if (values.json) process.stdout.write(`${JSON.stringify({ ok, seed, short: values.short, figures }, null, 2)}\n`)
process.exitCode = ok ? 0 : 1

/** A row that breaks off has missed its goal, and the others are run all the same. */
async function runRow(row: Row): Promise<Figure[]> {
  const scope = createScope({ short: values.short })
  current = scope
  try {
    const say = (text: string): void => tell(`  ${row.name}: ${text}`)
    const measured = await row.run({
      short: values.short,
      only: values.only?.split(','),
      random: seeded(seed),
      say,
      scope
    })
    return measured.map(figure => ({ ...figure, name: `${row.name}: ${figure.name}` }))
  } catch (error) {
    tell(`  ${row.name} broke off: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
    return [holds(`${row.name}: runs to its end`, 'yes', false)]
  } finally {
    await scope.close()
  }
}

function refuse(message: string): never {
  process.stderr.write(`chaos: ${message}\n`)
  process.exit(2)
}
