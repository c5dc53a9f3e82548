import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

const NAMED = /componentLogger\([^']*'([^']+)'/g
const LOGS = /\b#?log(ger)?\??(\.(debug|info|warn|error)\(|\[\w+ \?)/

const src = join(process.cwd(), 'src')

/** What is wrong with the components that a file names. A server of kit/, which imports nothing, is named by its maker. */
function faults(file: string, text: string): readonly string[] {
  const own = file.replace(/\.ts$/, '')
  const names = [...text.matchAll(NAMED)].map(([, name = '']) => name)
  const wrong = names.filter(name => name !== own && !(name.startsWith('kit/') && existsSync(join(src, `${name}.ts`))))
  const silent = LOGS.test(text) && !names.includes(own) && !file.startsWith('kit/') && file !== 'logger.ts'
  return [...wrong.map(name => `${file} logs as ${name}`), ...(silent ? [`${file} logs without a component`] : [])]
}

t.test("each component's lines carry the path of its file", async t => {
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.ts'))
  const texts = files.map(file => [file, readFileSync(join(src, file), 'utf8')] as const)
  t.strictSame(
    texts.flatMap(([file, text]) => faults(file, text)),
    []
  )
  t.ok(texts.filter(([, text]) => text.includes('componentLogger(')).length > 30, 'components are found')
})

t.test('a wrong name and a missing one would be found', async t => {
  const named = (name: string): string => `this.#logger = componentLogger(init.logger, '${name}')\nlogger.info({}, 'x')`
  t.strictSame(faults('store/level.ts', named('store/level')), [])
  t.strictSame(faults('store/level.ts', named('store/journal')), [
    'store/level.ts logs as store/journal',
    'store/level.ts logs without a component'
  ])
  t.strictSame(faults('store/level.ts', named('kit/none')).length, 2)
  t.strictSame(faults('store/level.ts', "this.#init.logger.warn({}, 'x')"), ['store/level.ts logs without a component'])
})
