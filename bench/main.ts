/**
 * `npm run bench -- [silent] [asks] [grants] [memory] [cycles] [--against DIR] [--count N] [--json]`; without a name all
 * run. `--count` is the number of asks, grants, daemons or cycles behind a figure. Exit code 1 when a goal is missed.
 */
import { parseArgs } from 'node:util'
import { type Arm, armsOf } from './arms.js'
import { asks } from './asks.js'
import { cycles } from './cycles.js'
import { type Figure, report } from './figures.js'
import { grants } from './grants.js'
import { memory } from './memory.js'
import { silent } from './silent.js'

type Bench = (arms: readonly Arm[], options: { readonly count?: number }) => AsyncIterable<Figure>

const BENCHES: Readonly<Record<string, Bench>> = { silent, asks, grants, memory, cycles }

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    against: { type: 'string' },
    count: { type: 'string' }
  }
})
const unknown = positionals.filter(name => !(name in BENCHES))
if (unknown.length > 0) {
  console.error(`bench: expected ${Object.keys(BENCHES).join(', ')}, got ${unknown.join(', ')}`)
  process.exit(2)
}
const arms = armsOf(values.against)
const options = values.count === undefined ? {} : { count: Number(values.count) }
const figures: Figure[] = []
for (const [name, bench] of Object.entries(BENCHES)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue
  if (!values.json) console.log(`${name} …`)
  for await (const measured of bench(arms, options)) {
    figures.push(measured)
    if (!values.json) console.log(line(measured))
  }
}
if (values.json) console.log(JSON.stringify(report(figures), null, 2))
process.exit(figures.every(row => row.ok) ? 0 : 1)

function line({ name, unit, median, min, max, goal, ok }: Figure): string {
  return `  ${ok ? 'ok  ' : 'MISS'} ${name}: ${median} ${unit} (${min} … ${max}), goal ${goal}`
}
