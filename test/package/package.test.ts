/** What somebody gets who installs the package; `npm run test:package` bundles it too. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { publint } from 'publint'
import t from 'tap'
import { NAMES, PRINTED, PROGRAM, run } from './program.js'

const root = process.cwd()
const { name, exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly name: string
  readonly exports: Readonly<Record<string, unknown>>
}

t.test('publint finds nothing to say', async t => {
  const { messages } = await publint({ pkgDir: root, strict: true, pack: false })
  t.strictSame(messages, [])
})

t.test('require() gives what import gives, and runs', async t => {
  const doors = Object.keys(exports).filter(door => door !== './package.json')
  const list = `const list = all => all.map(one => Object.keys(one).filter(key => !/^(__esModule|default|module.exports)$/.test(key)).sort().join()).join(' ');`
  const names = JSON.stringify(doors.map(door => join(name, door)))
  const required = run(['-e', `${list} console.log(list(${names}.map(each => require(each))))`], root)
  const loaded = `await Promise.all(${names}.map(each => import(each)))`
  t.equal(required, run(['--input-type=module', '-e', `${list} console.log(list(${loaded}))`], root))
  t.match(required, /createP2PModule/)
  const program = `const ${NAMES} = require('${name}'); const { createHttpApi } = require('${name}/http');(async () => {${PROGRAM}})()`
  t.match(JSON.parse(run(['-e', program], root)), PRINTED)
})
