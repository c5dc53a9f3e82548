/**
 * `npm run chaos [-- row… --short --json --seed N --only PART,…]`: puts networks of real hosts and processes under stress, row by row.
 * Tells what it does on stderr with --json, whose stdout is one object; exits 1 when a goal is missed, 2 when the call is wrong.
 */
import { type Figure, holds, lineOf } from './harness/figures.js'
import { type ChaosOptions, chaosOptions } from './harness/options.js'
import { type Row, seeded } from './harness/row.js'
import { createScope, type Scope } from './harness/scope.js'
import { ROWS } from './rows/index.js'

const { rows, only, seed, short, json } = optionsOrEnd()

const begun = performance.now()
const tell = (text: string): void => {
  const line = `${((performance.now() - begun) / 1_000).toFixed(1).padStart(7)} s  ${text}\n`
  if (json) process.stderr.write(line)
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

tell(`seed ${seed}${short ? ', short form' : ''}`)
const figures: Figure[] = []
for (const row of rows) {
  tell(`${row.name}: ${row.shows}`)
  const measured = await runRow(row)
  figures.push(...measured)
  for (const figure of measured) tell(`  ${lineOf(figure)}`)
}
const ok = figures.every(figure => figure.ok)
const missed = figures.filter(figure => !figure.ok).length
tell(ok ? `ok: ${figures.length} figures` : `FAILED: ${missed} of ${figures.length} figures miss their goal`)
if (json) process.stdout.write(`${JSON.stringify({ ok, seed, short, figures }, null, 2)}\n`)
process.exitCode = ok ? 0 : 1

/** A row that breaks off has missed its goal, and the others are run all the same. */
async function runRow(row: Row): Promise<Figure[]> {
  const scope = createScope({ short })
  current = scope
  try {
    const say = (text: string): void => tell(`  ${row.name}: ${text}`)
    const measured = await row.run({ short, only, random: seeded(seed), say, scope })
    return measured.map(figure => ({ ...figure, name: `${row.name}: ${figure.name}` }))
  } catch (error) {
    tell(`  ${row.name} broke off: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
    return [holds(`${row.name}: runs to its end`, 'yes', false)]
  } finally {
    await scope.close()
  }
}

function optionsOrEnd(): ChaosOptions {
  try {
    return chaosOptions(process.argv.slice(2), ROWS)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    process.stderr.write(`chaos: ${error.message}\n`)
    process.exit(2)
  }
}
