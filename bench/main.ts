/** `npm run bench -- [silent] [asks] [grants] [memory] [cycles] [--asks N] [--json]`; without a name all run. Exit code 1 when a goal is missed. */
import { parseArgs } from 'node:util'
import { asks } from './asks.js'
import { cycles } from './cycles.js'
import { type Figure, report } from './figures.js'
import { grants } from './grants.js'
import { memory } from './memory.js'
import { silent } from './silent.js'

const BENCHES: Readonly<Record<string, (options: { asks?: number }) => Promise<Figure[]>>> = {
  silent,
  asks,
  grants,
  memory,
  cycles
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, asks: { type: 'string' } }
})
const unknown = positionals.filter(name => !(name in BENCHES))
if (unknown.length > 0) {
  console.error(`bench: expected ${Object.keys(BENCHES).join(', ')}, got ${unknown.join(', ')}`)
  process.exit(2)
}
const options = values.asks === undefined ? {} : { asks: Number(values.asks) }
const figures: Figure[] = []
for (const [name, bench] of Object.entries(BENCHES)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue
  if (!values.json) console.log(`${name} …`)
  const measured = await bench(options)
  figures.push(...measured)
  if (!values.json) for (const row of measured) console.log(line(row))
}
if (values.json) console.log(JSON.stringify(report(figures), null, 2))
process.exit(figures.every(row => row.ok) ? 0 : 1)

function line({ name, unit, median, min, max, goal, ok }: Figure): string {
  return `  ${ok ? 'ok  ' : 'MISS'} ${name}: ${median} ${unit} (${min} … ${max}), goal ${goal}`
}
