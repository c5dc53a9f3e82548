import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'

const script = (name: string) => import(pathToFileURL(join(process.cwd(), 'scripts/cluster', name)).href)
const { parseOptions } = await script('options.js')
const { identityOf, isAlive, killAll, ManagedProcess, ProcessError, signalProcess, startTimeOf, waitUntilGone } =
  await script('processes.js')
const { loadState, processesOf, saveState } = await script('state.js')
const { orAbort } = await script('cleanup.js')
const { tell } = await script('story/tell.js')

process.once('exit', killAll)

const SLEEP = ['-e', 'setInterval(() => {}, 1000)']

t.test('flags are read, and what is wrong is said in one line', async t => {
  t.match(parseOptions([]), { command: 'start', sps: 7, basePort: 0, json: false })
  t.match(parseOptions(['status', '--json', '--dir', '/x']), { command: 'status', json: true, dir: '/x' })
  t.match(parseOptions(['-n', '12', '--base-port', '10000']), { sps: 12, basePort: 10_000 })
  const wrong: [string[], RegExp][] = [
    [['begin'], /expected one of generate, start, .* got "begin"/],
    [['-n', '0'], /-n: expected a whole number of 1 to 64, got "0"/],
    [['-n', 'many'], /-n: expected .* got "many"/],
    [['--base-port', '70000'], /--base-port: expected .* got "70000"/],
    [['--nodes', '2'], /--nodes: expected 1, got "2"/],
    [['--colour'], /Unknown option '--colour'$/]
  ]
  for (const [args, expected] of wrong) t.throws(() => parseOptions(args), { message: expected }, args.join(' '))
})

t.test('a pid counts only together with its start time', async t => {
  const child = spawn(process.execPath, SLEEP, { stdio: 'ignore' })
  t.teardown(() => child.kill('SIGKILL'))
  const identity = identityOf(child.pid)
  t.ok(isAlive(identity))
  const another = { ...identity, startTime: '1' }
  t.notOk(isAlive(another), 'the same number, another process')
  t.equal(signalProcess(another, 'SIGKILL'), false)
  t.ok(isAlive(identity), 'it was not signalled')
  t.equal(signalProcess(identity, 'SIGTERM'), true)
  await once(child, 'exit')
  t.ok(await waitUntilGone(identity, 1_000))
  t.equal(startTimeOf(child.pid ?? -1), undefined)
  t.equal(signalProcess(identity, 'SIGTERM'), false)
})

t.test('a process is ready when it says so, and stops also when it was put to sleep', async t => {
  const dir = t.testdir()
  const files = { cwd: dir, logFile: join(dir, 'x.log'), outFile: join(dir, 'x.out') }
  const code = `console.log('hello'); console.log(JSON.stringify({ event: 'ready', answer: 42 })); ${SLEEP[1]}`
  const child = new ManagedProcess({ name: 'x', args: ['-e', code], ...files })
  t.match(await child.ready(10_000), { answer: 42 })
  child.signal('SIGSTOP')
  t.strictSame(await child.stop(5_000), { code: null, signal: 'SIGTERM' })
})

t.test('a process that ends too early is reported with the end of its log', async t => {
  const dir = t.testdir()
  const files = { cwd: dir, logFile: join(dir, 'y.log'), outFile: join(dir, 'y.out') }
  const child = new ManagedProcess({ name: 'y', args: ['-e', "console.error('no port'); process.exit(3)"], ...files })
  await t.rejects(child.ready(10_000), { message: 'y ended before it was ready (exit code 3)', logTail: 'no port' })
  t.ok(new ProcessError(child, 'failed').message.startsWith('y '))
})

t.test('a process that does not stop in time is killed', async t => {
  const dir = t.testdir()
  const files = { cwd: dir, logFile: join(dir, 'z.log'), outFile: join(dir, 'z.out') }
  const code = `process.on('SIGTERM', () => {}); console.log(JSON.stringify({ event: 'ready' })); ${SLEEP[1]}`
  const child = new ManagedProcess({ name: 'z', args: ['-e', code], ...files })
  await child.ready(10_000)
  t.strictSame(await child.stop(100), { code: null, signal: 'SIGKILL' })
})

t.test('the state names what still runs, and nothing else', async t => {
  const dir = t.testdir()
  t.equal(loadState(dir), undefined)
  const own = identityOf(process.pid)
  const gone = { pid: process.pid, startTime: 'another' }
  saveState(dir, {
    supervisor: gone,
    sps: [
      { name: 'sp0', dir, process: own },
      { name: 'sp1', dir, process: gone }
    ]
  })
  t.strictSame(
    processesOf(loadState(dir)).map(({ name }: { name: string }) => name),
    ['sp0']
  )
  writeFileSync(join(dir, 'cluster.json'), '{"sps"')
  t.throws(() => loadState(dir), { message: /cluster.json: expected the state of a cluster/ })
})

t.test('a story ends at the first step that does not hold, and says what did not run', async t => {
  const ended: unknown[] = []
  const teller = {
    begin: () => undefined,
    step: () => undefined,
    result: () => undefined,
    end: (steps: unknown, ok: boolean) => ended.push(steps, ok)
  }
  const step = (name: string, run: () => Promise<string>) => ({ name, title: name, why: '', run })
  const steps = [
    step('first', async () => 'fine'),
    step('second', async () => {
      throw new Error('expected six, got five')
    }),
    step('third', async () => 'never')
  ]
  const held = await tell(steps, {}, { teller, signal: new AbortController().signal })
  t.equal(held, false)
  t.match(ended, [
    [
      { name: 'first', ok: true, detail: 'fine' },
      { name: 'second', ok: false, detail: 'expected six, got five' },
      { name: 'third', ok: false, detail: 'not run', elapsedMs: 0 }
    ],
    false
  ])
})

t.test('an interruption is felt at once, whatever runs', async t => {
  const controller = new AbortController()
  const never = new Promise(() => undefined)
  const work = orAbort(never, controller.signal)
  controller.abort(new Error('interrupted by SIGINT'))
  await t.rejects(work, { message: 'interrupted by SIGINT' })
  await t.rejects(orAbort(Promise.resolve(1), controller.signal), { message: 'interrupted by SIGINT' })
})
