import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createProgram } from '../../src/cli/program.js'
import { adviceInCommands, inCommands } from '../../src/cli/shell/words.js'
import * as door from '../../src/index.js'

const src = join(process.cwd(), 'src')
const commands = createProgram({ json: false }).commands

t.test('a method of the library is said as the command that calls it, with its argument', async t => {
  const rows = [
    ['start', '', 'start'],
    ['cancelTask', 'KEY', 'tasks cancel KEY'],
    ['sps', '', 'sps ls'],
    ['diagnose', '', 'doctor'],
    ['diagnose', '0x11', 'doctor 0x11'],
    ['addPeer', '16Uiu2@h:1', 'peers add 16Uiu2@h:1'],
    ['unblockPeer', '16Uiu2', 'peers unblock 16Uiu2'],
    ['confirmList', '', 'chain confirm-list'],
    ['resetHeight', '', 'chain reset-height'],
    ['acceptLoss', '', 'grants reset --accept-loss'],
    ['replaceNodes', '', 'nodes replace'],
    ['peerIdOf', '', 'key show'],
    ['loadOrCreateKey', '/data/node.key', 'key create --out /data/node.key']
  ] as const
  for (const [method, argument, command] of rows) {
    t.equal(inCommands(`try: ${method}(${argument}), then look`), `try: sp-approval ${command}, then look`)
    const [group = '', name = ''] = command.split(' ')
    const found = commands.find(entry => entry.name() === group)
    t.ok(found, `${group} is a command`)
    if (/^[a-z-]+$/.test(name))
      t.ok(
        found?.commands.some(entry => entry.name() === name),
        `${command} too`
      )
    const known = method in door || method in door.P2PModule.prototype || method === 'replaceNodes'
    t.ok(known, `${method} is a method of the library`)
  }
  t.equal(inCommands('restart() and start of it'), 'restart() and start of it', 'other words stay')
})

t.test('only members that advise are reworded: names belong to those who chose them', async t => {
  const text = '{"alarm":"confirmList()","bucket":"confirmList()","findings":[{"todo":"sps()"}]}'
  t.strictSame(JSON.parse(text, adviceInCommands), {
    alarm: 'sp-approval chain confirm-list',
    bucket: 'confirmList()',
    findings: [{ todo: 'sp-approval sps ls' }]
  })
})

t.test('no text below the command line names a command', async t => {
  const named = new RegExp(
    `sp-approval (${commands.map(command => command.name()).join('|')})\\b(?! (join|leave|state|node) v\\d)`
  )
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.ts'))
  for (const file of files.filter(name => !/^(cli|config)\//.test(name))) {
    for (const line of readFileSync(join(src, file), 'utf8').split('\n')) {
      if (/^\s*(\/\*\*|\*|\/\/)/.test(line) || line.includes("service: 'sp-approval coordinator'")) continue
      t.notMatch(line, named, file)
    }
  }
})
