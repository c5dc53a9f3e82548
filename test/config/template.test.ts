import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { dumpConfig, dumpToml, ENTRIES, loadConfig, maskedConfig } from '../../src/config/index.js'

const root = process.cwd()
const template = join(root, 'configs/config.toml')

t.test('configs/config.toml loads and says what holds without it', async t => {
  const { settings, warnings, notices } = loadConfig({ file: template })
  const defaults = loadConfig({ cwd: join(root, 'configs') }).settings
  t.strictSame(settings, defaults)
  t.strictSame([...warnings, ...notices], [])
})

t.test('configs/config.toml names every key that an operator of this module may want', async t => {
  const text = readFileSync(template, 'utf8')
  const sections = new Set(['P2P', 'Ask', 'Peers', 'Policy', 'Api', 'Legacy'])
  const missing = ENTRIES.filter(({ section }) => sections.has(section))
    .map(({ name }) => name)
    .filter(name => !new RegExp(`\\b${name}\\b`).test(text) && !['Listen', 'Announce'].includes(name))
  t.strictSame(missing, [])
})

t.test('docs/CONFIGURATION.md is current', async t => {
  execFileSync(process.execPath, [join(root, 'scripts/configuration-doc.js'), '--check'])
  const page = readFileSync(join(root, 'docs/CONFIGURATION.md'), 'utf8')
  for (const { name, env } of ENTRIES) t.ok(page.includes(env), name)
})

t.test('a dump shows every value, where it came from, and no secret', async t => {
  const secret = 'badc0de'.padEnd(64, '1')
  const config = loadConfig({
    env: { P2P_PRIVATE_KEY: secret, SP_APPROVAL__CHAIN__JOIN_TOKEN: secret, SP_APPROVAL__ASK__TIMEOUT: '7s' },
    flags: { 'P2P.Listen': ['/ip4/127.0.0.1/tcp/0'] }
  })
  const all = dumpConfig(config, { effective: true })
  t.equal(all.length, ENTRIES.length)
  t.match(
    all.find(({ key }) => key === 'P2PPrivateKey'),
    { value: '***', from: 'env', source: 'P2P_PRIVATE_KEY' }
  )
  t.match(
    all.find(({ key }) => key === 'Listen'),
    { value: ['/ip4/127.0.0.1/tcp/0'], from: 'flag', source: '--listen' }
  )
  t.match(
    all.find(({ key }) => key === 'Max'),
    { section: 'Ask', value: 10, from: 'default' }
  )
  t.match(dumpToml(config, { effective: true }), /\[Ask\]\nMin = 6 {2}# default\n/)
  t.equal(
    dumpToml(config, { effective: false }),
    "[P2P]\nP2PPrivateKey = '***'\nListen = ['/ip4/127.0.0.1/tcp/0']\n\n[Ask]\nTimeout = '7s'\n\n[Chain]\nJoinToken = '***'"
  )
  t.match(maskedConfig(config), { Ask: { Timeout: { value: 7000, source: 'SP_APPROVAL__ASK__TIMEOUT' } } })
  const everything = JSON.stringify([all, maskedConfig(config), dumpToml(config, { effective: true })])
  t.notMatch(everything, /badc0de/)
})

t.test('a dump without secrets loads again and gives the same configuration', async t => {
  const config = loadConfig({
    flags: { 'Chain.Network': "it's".replace("'", ''), 'Policy.Command': 'say "no" \'x\'', 'Ask.Timeout': '1500ms' }
  })
  const file = join(t.testdir({ 'config.toml': dumpToml(config, { effective: true }) }), 'config.toml')
  t.strictSame(loadConfig({ file }).settings, config.settings)
})
