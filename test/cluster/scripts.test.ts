import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'

const script = (name: string) => import(pathToFileURL(join(process.cwd(), 'scripts/cluster', name)).href)
const { parseOptions } = await script('options.js')
const { identityOf, isAlive, killAll, ManagedProcess, ProcessError, signalProcess, startTimeOf, waitUntilGone } =
  await script('processes.js')
const { makeFiles, makeNode } = await script('files.js')
const { loadState, processesOf, saveState, sizeOf, VERSION } = await script('state.js')
const { orAbort } = await script('cleanup.js')
const { tell } = await script('story/tell.js')

process.once('exit', killAll)

/** Far above what a process takes to start or end on a busy machine. */
const PATIENT_MS = 60_000
const SLEEP = ['-e', 'setInterval(() => {}, 1000)']

t.test('flags are read, and what is wrong is said in one line', async t => {
  t.match(parseOptions([]), { command: 'start', sps: 7, nodes: 1, nodesGiven: false, basePort: 0, json: false })
  t.match(parseOptions(['status', '--json', '--dir', '/x']), { command: 'status', json: true, dir: '/x' })
  t.match(parseOptions(['-n', '12', '--base-port', '10000']), { sps: 12, basePort: 10_000 })
  t.match(parseOptions(['-n', '3', '--nodes', '2']), { sps: 3, nodes: 2, nodesGiven: true })
  const wrong: [string[], RegExp][] = [
    [['begin'], /expected one of generate, start, .* got "begin"/],
    [['-n', '0'], /-n: expected a whole number of 1 to 64, got "0"/],
    [['-n', 'many'], /-n: expected .* got "many"/],
    [['--base-port', '70000'], /--base-port: expected .* got "70000"/],
    [['--nodes', '5'], /--nodes: expected a whole number of 1 to 4, got "5"/],
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
  t.ok(await waitUntilGone(identity, PATIENT_MS))
  t.equal(startTimeOf(child.pid ?? -1), undefined)
  t.equal(signalProcess(identity, 'SIGTERM'), false)
})

t.test('a process is ready when it says so, and stops also when it was put to sleep', async t => {
  const dir = t.testdir()
  const files = { cwd: dir, logFile: join(dir, 'x.log'), outFile: join(dir, 'x.out') }
  const code = `console.log('hello'); console.log(JSON.stringify({ event: 'ready', answer: 42 })); ${SLEEP[1]}`
  const child = new ManagedProcess({ name: 'x', args: ['-e', code], ...files })
  t.match(await child.ready(PATIENT_MS), { answer: 42 })
  child.signal('SIGSTOP')
  t.strictSame(await child.stop(PATIENT_MS), { code: null, signal: 'SIGTERM' })
})

t.test('a process that ends too early is reported with the end of its log', async t => {
  const dir = t.testdir()
  const files = { cwd: dir, logFile: join(dir, 'y.log'), outFile: join(dir, 'y.out') }
  const child = new ManagedProcess({ name: 'y', args: ['-e', "console.error('no port'); process.exit(3)"], ...files })
  await t.rejects(child.ready(PATIENT_MS), { message: 'y ended before it was ready (exit code 3)', logTail: 'no port' })
  t.ok(new ProcessError(child, 'failed').message.startsWith('y '))
})

t.test('a process that does not stop in time is killed', async t => {
  const dir = t.testdir()
  const files = { cwd: dir, logFile: join(dir, 'z.log'), outFile: join(dir, 'z.out') }
  const code = `process.on('SIGTERM', () => {}); console.log(JSON.stringify({ event: 'ready' })); ${SLEEP[1]}`
  const child = new ManagedProcess({ name: 'z', args: ['-e', code], ...files })
  await child.ready(PATIENT_MS)
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

t.test('a state of before --nodes is read, one of a newer release is left alone', async t => {
  const dir = t.testdir({ 'cluster.json': '{"sps":[{"name":"sp0"},{"name":"sp1"}]}' })
  t.strictSame(sizeOf(loadState(dir)), { sps: 2, nodes: 1 })
  t.strictSame(sizeOf(undefined), { sps: 0, nodes: 0 })
  const sps = ['sp0-a', 'sp0-b', 'sp1'].map(name => ({ name, sp: name.slice(0, 3), dir }))
  saveState(dir, { version: VERSION, sps })
  t.strictSame(sizeOf(loadState(dir)), { sps: 2, nodes: 2 })
  writeFileSync(join(dir, 'cluster.json'), '{"version":2,"sps":[]}')
  t.throws(() => loadState(dir), { message: /cluster.json: expected version 1, got 2: use the release that wrote it/ })
})

t.test('nodes of one SP have its operator key, and folders and ports of their own', async t => {
  const dir = t.testdir()
  type Files = { name: string; sp: string; dir: string; operatorAddress: string; ports: Record<string, number> }
  const made = (sps: number, nodes: number): Promise<Files[]> =>
    makeFiles(dir, { sps, nodes: () => nodes, basePort: 9_000 })
  const [lone] = await made(1, 1)
  t.match(lone, { name: 'sp0', sp: 'sp0', ports: { p2p: 9_001, http: 9_002, metrics: 9_003 } })

  const grown = await made(2, 2)
  t.strictSame(
    grown.map(({ name, sp }) => [name, sp]),
    ['sp0', 'sp1'].flatMap(sp => ['a', 'b'].map(letter => [`${sp}-${letter}`, sp]))
  )
  const [first, second, other] = grown
  t.equal(first?.operatorAddress, lone?.operatorAddress, 'its key came with it')
  t.equal(second?.operatorAddress, lone?.operatorAddress)
  t.not(other?.operatorAddress, lone?.operatorAddress)
  t.strictSame(first?.ports, lone?.ports, 'and so did its ports')
  t.equal(new Set(grown.flatMap(({ ports }) => Object.values(ports))).size, 12)
  t.equal(existsSync(join(dir, 'sp0')), false)
  t.strictSame(await made(2, 2), grown, 'nothing is made anew')
  const third = await makeNode(dir, { sp: 'sp0', name: 'sp0-c', like: second?.dir })
  t.match(third, { operatorAddress: lone?.operatorAddress, ports: { p2p: 0 } })
})

t.test('a story ends at the first step that does not hold, and says what did not run', async t => {
  const ended: unknown[] = []
  const tables: unknown[] = []
  const teller = {
    begin: () => undefined,
    step: () => undefined,
    result: (_: unknown, { table }: { table?: unknown }) => tables.push(table),
    end: (steps: unknown, ok: boolean) => ended.push(steps, ok)
  }
  const step = (name: string, run: () => Promise<unknown>) => ({ name, title: name, why: '', run })
  const steps = [
    step('first', async () => ({ detail: 'fine', table: { caption: 'Peers', rows: [['node'], ['sp1']] } })),
    step('second', async () => {
      throw new Error('expected six, got five')
    }),
    step('third', async () => 'never')
  ]
  const held = await tell(steps, {}, { teller, signal: new AbortController().signal })
  t.equal(held, false)
  t.strictSame(
    tables,
    [{ caption: 'Peers', rows: [['node'], ['sp1']] }, undefined],
    'tables are for people, the figures for all'
  )
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
