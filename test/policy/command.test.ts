import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import t from 'tap'
import { InvalidArgumentError } from '../../src/errors.js'
import { systemClock } from '../../src/kit/clock.js'
import { silentLogger } from '../../src/logger.js'
import { CommandPolicy } from '../../src/policy/command-policy.js'
import { fakeClock } from '../../src/testing/fake-clock.js'
import { until } from '../support/awaited.js'
import { commandOf, PATIENT_MS, sh } from './command-fixture.js'
import { facts } from './facts.js'

const node = (body: string): string => `#!${process.execPath}\n${body}\n`

/** Running, and not merely waiting to be reaped by whoever inherited it. */
function alive(pid: number): boolean {
  try {
    const state = /\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]
    return state !== 'Z' && state !== 'X'
  } catch {
    return false
  }
}

/** What is in a file; nothing where there is none yet. */
function written(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

t.test('a node script reads the facts as JSON and approves with its reason', async t => {
  const policy = commandOf(
    t,
    node(`
      let text = ''
      process.stdin.on('data', chunk => { text += chunk }).on('end', () => {
        const ask = JSON.parse(text)
        const words = [ask.version, ask.bucketName, ask.payloadSize, ask.visibility, ask.redundancyType, ask.dataChunks]
        console.log(JSON.stringify({ reason: words.join(' ') }))
      })`)
  )
  t.same(await policy.decide(facts({ payloadSize: 2n ** 63n + 1n })), {
    outcome: 'approve',
    rule: 'command',
    reason: '1 photos 9223372036854775809 PUBLIC_READ EC 4'
  })
})

t.test('exit code 1 with code and reason on stdout refuses', async t => {
  const policy = commandOf(t, sh(`printf '%s' '{"code":"NO_CAPACITY","reason":"rack 4 is\\nfull"}'; exit 1`))
  t.same(await policy.decide(facts()), {
    outcome: 'refuse',
    rule: 'command',
    code: 'NO_CAPACITY',
    reason: 'rack 4 is full'
  })
})

t.test('what is no decision refuses with rule command and a reason that names the fault', async t => {
  const faults: [string, string][] = [
    ['exit 1', 'exit code 1 and no JSON object on stdout'],
    ['echo yes', 'exit code 0 and no JSON object on stdout'],
    ['echo "[1]"; exit 1', 'exit code 1 and no JSON object on stdout'],
    ['echo "{}"; exit 1', 'code: expected a refusal code, got undefined'],
    [`echo '{"code":"NO_IDEA"}'; exit 1`, 'code: expected a refusal code, got "NO_IDEA"'],
    [`echo '{"code":"POLICY","reason":7}'; exit 1`, 'reason: expected a text, got 7'],
    [`echo '{"code":"POLICY"}'`, 'exit code 0 approves, and code is POLICY'],
    ['exit 3', 'exit code 3, expected 0 or 1'],
    ['kill -9 $$', 'it was ended by SIGKILL']
  ]
  for (const [body, fault] of faults) {
    const warned: object[] = []
    const logger = { ...silentLogger, warn: (fields: object) => warned.push(fields) }
    const policy = commandOf(t, sh(`echo oops >&2; ${body}`), { logger })
    t.same(
      await policy.decide(facts()),
      { outcome: 'refuse', rule: 'command', code: 'POLICY', reason: `policy command failed: ${fault}` },
      body
    )
    t.match(warned, [{ why: fault, stderr: 'oops' }])
  }
})

t.test('exit code 0 approves without a word, and without reading its input', async t => {
  const policy = commandOf(t, sh('exec <&-; exit 0'))
  const large = facts({ objectName: 'x'.repeat(1_000_000) })
  t.same(await policy.decide(large), { outcome: 'approve', rule: 'command', reason: 'exit code 0' })
})

t.test('a command that hangs is late, and it and what it started are gone after the stop', async t => {
  const dir = t.testdir()
  const clock = fakeClock()
  const script = sh(`sleep 1000 & echo $! $$ > '${dir}/pids'; wait`)
  const policy = commandOf(t, script, { timeoutMs: 400, clock })
  const running = async (): Promise<number[]> => {
    await until(() => written(`${dir}/pids`).endsWith('\n'), 'the command to tell its pids')
    const pids = written(`${dir}/pids`).trim().split(' ').map(Number)
    rmSync(`${dir}/pids`)
    return pids
  }
  let decided = false
  const decision = policy.decide(facts()).finally(() => (decided = true))
  const pids = await running()
  t.equal(pids.length, 2)
  await clock.advance(399)
  t.notOk(decided, 'it has its time')
  await clock.advance(1)
  t.match(await decision, { reason: 'policy command failed: took longer than 400 ms' })
  await policy.stop()
  await until(() => !pids.some(alive), 'the processes of the command to be gone')
  t.match(await policy.decide(facts()), { reason: 'policy command failed: the policy is stopped' })
  policy.start()
  const again = policy.decide(facts())
  t.equal((await running()).length, 2)
  await clock.advance(400)
  t.match(await again, { reason: /took longer/ }, 'it runs again after a start')
})

t.test('a command that ignores SIGTERM is killed', async t => {
  const dir = t.testdir()
  const script = node(`
    process.on('SIGTERM', () => undefined)
    require('node:fs').writeFileSync('${dir}/pid', String(process.pid))
    setInterval(() => undefined, 1000)`)
  const policy = commandOf(t, script)
  const decided = policy.decide(facts())
  await until(() => written(`${dir}/pid`) !== '', 'the command to tell its pid')
  await policy.stop()
  t.match(await decided, { reason: 'policy command failed: the policy is stopped' })
  t.notOk(alive(Number(readFileSync(`${dir}/pid`, 'utf8'))))
})

t.test('a command that floods its stdout is stopped after 4096 bytes', async t => {
  const policy = commandOf(t, sh('exec yes'))
  t.match(await policy.decide(facts()), { reason: 'policy command failed: more than 4096 bytes on stdout' })
  await policy.stop()
  const full = commandOf(t, sh(`printf '{"reason":"%04082d"}' 7`))
  t.match(await full.decide(facts()), { outcome: 'approve', reason: /^0{253}…$/ }, 'exactly 4096 bytes are read')
})

t.test('what a command leaves behind in the background is ended with it', async t => {
  const dir = t.testdir()
  const policy = commandOf(t, sh(`sleep 1000 & echo $! > '${dir}/pid'; exit 0`))
  t.match(await policy.decide(facts()), { outcome: 'approve' }, 'an open stdout of the background does not delay it')
  const pid = Number(readFileSync(`${dir}/pid`, 'utf8'))
  await until(() => !alive(pid), 'the command to be gone')
  t.notOk(alive(pid))
})

t.test('a program that does not exist or may not run is a fault', async t => {
  const init = { clock: systemClock, logger: silentLogger, timeoutMs: PATIENT_MS }
  for (const [program, code] of [
    [`${t.testdir()}/nothing`, 'ENOENT'],
    [t.testdir(), 'EACCES']
  ] as const) {
    const { reason } = await new CommandPolicy({ ...init, folder: tmpdir(), argv: [program] }).decide(facts())
    t.match(reason, new RegExp(`^policy command failed: it could not be run: spawn .*${code}`))
  }
})

t.test('there is no shell, and no key from our environment', async t => {
  process.env.P2P_PRIVATE_KEY = 'canary'
  t.teardown(() => {
    delete process.env.P2P_PRIVATE_KEY
  })
  const policy = commandOf(t, sh('printf \'{"reason":"%s %s"}\' "$1" "$P2P_PRIVATE_KEY$HOME"'), {}, ['$(id)*'])
  t.match(await policy.decide(facts()), { outcome: 'approve', reason: `$(id)* ${process.env.HOME ?? ''}`.trim() })
})

t.test('no more commands run at once than are allowed, and all are answered', async t => {
  const dir = t.testdir({ running: {} })
  // The first ones stay until both are seen; the others find the gate open.
  const wait = 'while [ ! -e ../gate ]; do sleep 0.01; done'
  const body = `cd '${dir}/running' || exit 9; : > $$; ${wait}; n=$(ls | wc -l); sleep 0.05; rm $$; printf '{"reason":"%d"}' $n`
  const policy = commandOf(t, sh(body), { concurrency: 2 })
  const deciding = Promise.all(Array.from({ length: 8 }, () => policy.decide(facts())))
  await until(() => readdirSync(`${dir}/running`).length === 2, 'two commands to run')
  writeFileSync(`${dir}/gate`, '')
  const decisions = await deciding
  const counts = decisions.map(({ reason }) => Number(reason))
  t.ok(
    decisions.every(({ outcome }) => outcome === 'approve'),
    counts.join()
  )
  t.equal(Math.max(...counts), 2)
})

t.test('waiting for a free place counts against the time limit', async t => {
  const policy = commandOf(t, sh('exec sleep 1000'), { concurrency: 1, timeoutMs: 200 })
  const [first, second] = await Promise.all([policy.decide(facts()), policy.decide(facts())])
  t.match(first, { reason: /took longer than 200 ms/ })
  t.match(second, { reason: /took longer than 200 ms/ })
})

t.test('a caller that gives up gets its reason, and the command is ended', async t => {
  const dir = t.testdir()
  const policy = commandOf(t, sh(`echo $$ > '${dir}/pid'; exec sleep 1000`))
  const controller = new AbortController()
  const decided = policy.decide(facts(), { signal: controller.signal })
  await until(() => written(`${dir}/pid`).endsWith('\n'), 'the command to tell its pid')
  controller.abort(new Error('shutting down'))
  await t.rejects(decided, { message: 'shutting down' })
  await policy.stop()
  t.notOk(alive(Number(written(`${dir}/pid`))))
})

const init = { argv: ['true'], folder: tmpdir(), clock: systemClock, logger: silentLogger }

t.test('bounds that make no sense are refused', async t => {
  for (const timeoutMs of [0, -1, Number.NaN, 60_001]) {
    t.throws(() => new CommandPolicy({ ...init, timeoutMs }), InvalidArgumentError)
  }
  for (const concurrency of [0, 1.5, Number.NaN]) {
    t.throws(() => new CommandPolicy({ ...init, concurrency }), InvalidArgumentError)
  }
})

t.test('at most 256 asks wait for a place, the next one is refused at once', async t => {
  const policy = new CommandPolicy({ ...init, argv: ['sleep', '60'], timeoutMs: 60_000, concurrency: 1 })
  const asked = Array.from({ length: 257 }, () => policy.decide(facts()))
  t.match(await policy.decide(facts()), { outcome: 'refuse', reason: /too many asks wait for it/ })
  await policy.stop()
  for (const decision of await Promise.all(asked)) t.match(decision, { outcome: 'refuse', reason: /stopped/ })
})
