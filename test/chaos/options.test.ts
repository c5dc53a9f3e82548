import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { chaosOptions } from './harness/options.js'
import type { Row } from './harness/row.js'

const row = (name: string, parts?: readonly string[]): Row => ({
  name,
  shows: '',
  ...(parts === undefined ? {} : { parts }),
  run: async () => []
})
const ROWS = [row('whole'), row('divided', ['one', 'two']), row('other')]
const options = (line: string) => chaosOptions(line === '' ? [] : line.split(' '), ROWS)

t.test('rows, parts and seed are taken as they are named', async t => {
  t.match(options(''), { rows: ROWS, only: undefined, short: false, json: false, seed: Number })
  t.match(options('other whole --short'), { rows: [ROWS[0], ROWS[2]], short: true })
  t.strictSame(options('divided --only two').only, ['two'])
  t.strictSame(options('divided --only two,one').only, ['two', 'one'])
  t.strictSame(options('divided --only two --only one').only, ['two', 'one'])
  t.equal(options('--seed 4294967295').seed, 4_294_967_295)
})

t.test('whatever would be dropped in silence is refused in one line', async t => {
  for (const [line, message] of [
    ['nix', 'expected rows of whole, divided, other, got nix'],
    ['divided --only two,three', '--only: expected parts of one, two, got three'],
    ['divided --only two --only three', '--only: expected parts of one, two, got three'],
    ['divided --only=', '--only: expected parts of one, two, got an empty name'],
    ['divided whole --only two', '--only: expected rows that have parts (divided), got whole'],
    ['--only two', '--only: expected rows that have parts (divided), got whole, other'],
    ['--seed=', '--seed: expected a whole number from 0 to 4294967295, got ""'],
    ['--seed 1.5', '--seed: expected a whole number from 0 to 4294967295, got "1.5"'],
    ['--seed -1', /^Option '--seed' argument is ambiguous\.$/],
    ['--seed 4294967296', '--seed: expected a whole number from 0 to 4294967295, got "4294967296"'],
    ['--fast', /^Unknown option '--fast'/],
    ['--short=no', /^Option '--short' does not take an argument/]
  ] as const) {
    t.throws(() => options(line), { message }, line)
  }
})

t.test('a call that is refused ends with 2 and runs nothing', async t => {
  const main = fileURLToPath(new URL('./main.js', import.meta.url))
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'hostile', '--only', 'rapid-rest'], {
    encoding: 'utf8'
  })
  t.match({ status, stdout }, { status: 2, stdout: '' })
  t.match(stderr, /^chaos: --only: expected parts of negotiation-raw, .*, rapid-reset, .*, got rapid-rest\n$/)
})
