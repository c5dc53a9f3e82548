import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

const root = process.cwd()
const read = (...path: readonly string[]): string => readFileSync(join(root, ...path), 'utf8')
const protocols = 'src/protocols'
const HEAD = /^ \* Upstream: (\S+) (\d+\.\d+\.\d+), `/m

const manifest = JSON.parse(read('package.json'))
const lock = JSON.parse(read('package-lock.json'))
/** Paths below src/protocols/ of the files that alter libp2p. */
const patches = readdirSync(join(root, protocols), { recursive: true, encoding: 'utf8' })
  .map(name => name.replaceAll('\\', '/'))
  .filter(name => name.endsWith('.ts') && read(protocols, name).includes('Upstream: '))
  .sort()

t.test('every package of libp2p has an exact version, the one that is installed', async t => {
  const named = Object.keys(manifest.dependencies).filter(name => name === 'libp2p' || name.startsWith('@libp2p/'))
  t.ok(named.length > 10)
  for (const name of named) {
    const { version } = lock.packages[`node_modules/${name}`]
    t.equal(manifest.dependencies[name], version, name)
    t.equal(lock.packages[''].dependencies[name], version, `${name} in the lock file`)
  }
})

t.test('every file that alters libp2p says for which version of what', async t => {
  for (const name of patches) {
    const [, library = '', version] = HEAD.exec(read(protocols, name)) ?? []
    t.equal(manifest.dependencies[library], version, `${name}: ${library} ${version}`)
  }
  const all = ['patches', 'muxer'].flatMap(folder =>
    readdirSync(join(root, protocols, folder)).map(name => `${folder}/${name}`)
  )
  t.strictSame(
    all.filter(name => !patches.includes(name)),
    ['muxer/frame-inspector.ts', 'muxer/one-shot-muxer.ts', 'muxer/stream-allowance.ts'],
    'all of patches/ and muxer/, but the muxer that is put together of them, and what it reads of and allows a peer'
  )
})

t.test('docs/ARCHITECTURE.md lists them all, and an upstream test names each', async t => {
  const page = read('docs/ARCHITECTURE.md')
  const table = page.slice(page.indexOf('## What alters libp2p'))
  const rows = [...table.slice(0, table.indexOf('\n## ')).matchAll(/^\| `([^`]+\.ts)` \|/gm)].map(
    ([, name = '']) => name
  )
  t.strictSame(rows.toSorted(), patches)
  for (const name of patches) {
    const [, folder = '', base = ''] = /^(\w+)\/([\w-]+)\.ts$/.exec(name) ?? []
    const tests = read('test/protocols', folder === 'addresses' ? 'host' : folder, 'upstream.test.ts')
    const titles = [...tests.matchAll(/^t\.test\(\s*'([^:']+):/gm)].map(([, title = '']) => title)
    t.ok(
      titles.some(title => title.split(' ').includes(base)),
      name
    )
  }
})
