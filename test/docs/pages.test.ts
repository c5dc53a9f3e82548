import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'

const root = process.cwd()
const pages = [
  'README.md',
  'CHANGELOG.md',
  ...readdirSync('docs')
    .filter(name => name.endsWith('.md'))
    .map(name => `docs/${name}`)
]

t.test('every link of a page leads to a file', async t => {
  for (const page of pages) {
    const text = readFileSync(join(root, page), 'utf8')
    const links = [...text.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(([, target = '']) => target)
    for (const target of links.filter(target => !target.includes('://'))) {
      t.ok(existsSync(join(root, dirname(page), target)), `${page}: ${target}`)
    }
  }
})

t.test('every file that the architecture page names is there', async t => {
  const text = readFileSync(join(root, 'docs/ARCHITECTURE.md'), 'utf8')
  const named = [...text.matchAll(/`([a-z0-9][\w./-]*(?:\.ts|\.toml|\.md|\/))`/g)].map(([, name = '']) => name)
  t.ok(named.length > 40, `${named.length} names`)
  for (const name of new Set(named)) {
    const places = [name, `src/${name}`, `src/protocols/${name}`, `src/protocols/v0/${name}`]
    t.ok(
      places.some(place => existsSync(join(root, place))),
      name
    )
  }
})
