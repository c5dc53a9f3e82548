/** What a command shows while it waits, on terminals that can show less than they say. */
import { once } from 'node:events'
import { stripVTControlCharacters } from 'node:util'
import t from 'tap'
import { awaited, until } from '../support/awaited.js'
import { bin, launch, run } from './command.js'

/** Lets the command believe that its stderr is a terminal of so many columns. */
function terminal(columns: string): Record<string, string> {
  const script = `
    import readline from 'node:readline'
    const { stderr } = process
    const begun = performance.now()
    const move = name => (...args) => readline[name](stderr, ...args)
    Object.defineProperty(stderr, 'isTTY', { value: true })
    Object.defineProperty(stderr, 'columns', { get: () => ${columns} })
    Object.assign(stderr, { cursorTo: move('cursorTo'), moveCursor: move('moveCursor'), clearLine: move('clearLine') })`
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(script)}` }
}

/** Nobody answers there: it waits to its time-out. */
const WAIT = ['wait', '--http', '127.0.0.1:1', '--token-file', 'none', '--timeout']
const PLAIN = /^waiting for SPs \.\.\.\nerror: .* \(ERR_UNREACHABLE\)\nhint: .*\n$/
const ESCAPE = '\u001b'

t.test('on a terminal of no width, a dumb one, and with NO_COLOR, it waits with one plain line', async t => {
  const cwd = t.testdir()
  const plain = [
    { ...terminal('0'), NO_COLOR: '' },
    { ...terminal('undefined'), NO_COLOR: '' },
    { ...terminal('80'), NO_COLOR: '', TERM: 'dumb' },
    { ...terminal('80'), NO_COLOR: '1' }
  ]
  for (const { code, stderr } of await Promise.all(plain.map(env => run([...WAIT, '300ms'], { cwd, env })))) {
    t.equal(code, 3, 'its time-out holds')
    t.match(stripVTControlCharacters(stderr), PLAIN)
    t.notMatch(stderr, `${ESCAPE}[?25l`, 'the cursor stays')
  }
  const pipe = await run([...WAIT, '300ms'], { cwd })
  t.match(pipe.stderr, /^error: /, 'nothing but the outcome in a pipe')
})

t.test('a terminal that loses its width meanwhile is written to no more than before', async t => {
  const env = { ...terminal('performance.now() - begun > 500 ? 0 : 80'), NO_COLOR: '' }
  const { code, stderr } = await run([...WAIT, '1s'], { cwd: t.testdir(), env })
  t.equal(code, 3)
  t.match(stderr, `${ESCAPE}[?25h`, 'it moved, and gave the cursor back')
  t.ok(stderr.length < 10_000, `${stderr.length} characters`)
})

t.test('SIGTERM ends a command that waits on a terminal of no width', async t => {
  const child = launch([bin, ...WAIT, '60s'], { cwd: t.testdir(), env: { ...terminal('0'), NO_COLOR: '' } })
  await until(() => child.text.stderr.includes('waiting'), 'the command to wait')
  child.kill('SIGTERM')
  t.strictSame(await awaited('the command to end at SIGTERM', once(child, 'close')), [null, 'SIGTERM'])
})
