import { renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { silentLogger } from '../../src/logger.js'
import { type FilePolicyOptions, filePolicy, type PolicyReload } from '../../src/policy/file-policy.js'
import { facts, GIB } from './facts.js'

/** A watched file keeps no process alive; the test that waits for it does. */
const waiter = setInterval(() => undefined, 60_000)
t.teardown(() => clearInterval(waiter))

/** A policy over a real file, whose readings can be awaited. */
function policyOver(t: Test, content: string, options: Partial<FilePolicyOptions> = {}) {
  const file = join(t.testdir({ 'policy.toml': content }), 'policy.toml')
  const reloads: PolicyReload[] = []
  const waiting: ((reload: PolicyReload) => void)[] = []
  const policy = filePolicy({
    file,
    onReload: reload => {
      reloads.push(reload)
      waiting.shift()?.(reload)
    },
    ...options
  })
  t.teardown(() => policy.stop())
  const next = (): Promise<PolicyReload> => new Promise(resolve => waiting.push(resolve))
  /** Changes the file and waits until it has been read. */
  const edit = async (change: string | (() => void)): Promise<PolicyReload> => {
    const reload = next()
    if (typeof change === 'string') writeFileSync(file, change)
    else change()
    return await reload
  }
  return { file, policy, reloads, edit, next }
}

const largest = (size: string): string => `[Payload]\nMax = '${size}'\n`

t.test('an edit is in force as soon as it has been read', async t => {
  const { policy, edit } = policyOver(t, largest('1GiB'))
  await policy.start()
  t.match(await policy.decide(facts()), { code: 'TOO_LARGE' })
  t.same(await edit(`${largest('8GiB')}[Capacity]\nTotal = '9GiB'\n[Rate]\nPerSp = 3\n`), { outcome: 'loaded' })
  t.match(await policy.decide(facts()), { outcome: 'approve' })
  t.equal(policy.limits().capacityBytes, 9n * GIB)
  t.equal(policy.rates().perSp, 3)
  t.match(policy.describe(), [{ rule: 'rates' }, { rule: 'max-payload-size', text: 'payload at most 8GiB' }])
})

t.test('a broken edit keeps the last good policy and raises an alarm until it is repaired', async t => {
  const errors: object[] = []
  const logger = { ...silentLogger, error: (fields: object) => errors.push(fields) }
  const { policy, file, edit } = policyOver(t, largest('1GiB'), { logger })
  await policy.start()
  t.equal(policy.alarm(), undefined)
  const broken: [string, RegExp][] = [
    [
      "[Payload]\nMaks = '8GiB'",
      /^policy\.toml: \[Payload\] Maks: .*did you mean Max\?; the last good policy is in force$/
    ],
    ['[Payload', /^policy\.toml:1: expected valid TOML/],
    ['', /^policy\.toml: expected a policy, got an empty file/]
  ]
  for (const [content, alarm] of broken) {
    t.match(await edit(content), { outcome: 'kept', error: { name: 'ConfigError', exitCode: 2 } })
    t.match(policy.alarm(), alarm)
    t.match(await policy.decide(facts()), { code: 'TOO_LARGE' })
  }
  t.match(await edit(() => rmSync(file)), { outcome: 'kept' })
  t.match(policy.alarm(), /expected a readable policy file, got no such file/)
  t.match(await policy.decide(facts()), { code: 'TOO_LARGE' })
  t.equal(errors.length, 4, 'each is logged')
  t.same(await edit(largest('1GiB')), { outcome: 'loaded' }, 'also when it is as it was before')
  t.equal(policy.alarm(), undefined)
})

t.test('a file that is replaced by renaming is read, one that is only touched is not', async t => {
  const { policy, file, edit, reloads } = policyOver(t, largest('1GiB'))
  await policy.start()
  utimesSync(file, new Date(), new Date(Date.now() - 60_000))
  const replace = (): void => {
    writeFileSync(`${file}.new`, largest('8GiB'))
    renameSync(`${file}.new`, file)
  }
  t.same(await edit(replace), { outcome: 'loaded' })
  t.match(await policy.decide(facts()), { outcome: 'approve' })
  t.equal(reloads.length, 1)
})

t.test('between stop and start nothing is watched, and a start reads what has changed meanwhile', async t => {
  const { policy, file, reloads, next } = policyOver(t, largest('1GiB'))
  await policy.start()
  await policy.start()
  await policy.stop()
  await policy.stop()
  writeFileSync(file, largest('8GiB'))
  t.match(await policy.decide(facts()), { code: 'TOO_LARGE' })
  t.equal(reloads.length, 0)
  const read = next()
  await policy.start()
  t.same(await read, { outcome: 'loaded' })
  t.match(await policy.decide(facts()), { outcome: 'approve' })
})

t.test('reload() reads at once, also when nothing is watched', async t => {
  const { policy, file } = policyOver(t, largest('1GiB'))
  writeFileSync(file, largest('8GiB'))
  t.same(policy.reload(), { outcome: 'loaded' })
  t.match(await policy.decide(facts()), { outcome: 'approve' })
  writeFileSync(file, 'Default = 5')
  t.match(policy.reload(), {
    outcome: 'kept',
    error: { message: "policy.toml: Default: expected 'approve' or 'refuse', got 5" }
  })
  t.match(await policy.decide(facts()), { outcome: 'approve' })
})

t.test('a listener that throws harms nobody', async t => {
  let read = (): void => undefined
  const heard = new Promise<void>(resolve => {
    read = resolve
  })
  const onReload = (): void => {
    read()
    throw new Error('listener broke')
  }
  const { policy, file } = policyOver(t, largest('1GiB'), { onReload })
  await policy.start()
  writeFileSync(file, largest('8GiB'))
  await heard
  t.match(await policy.decide(facts()), { outcome: 'approve' })
})

t.test('rules come first, then functions, then the command, which replaces the default', async t => {
  const asked: string[] = []
  const functions = [
    () => {
      asked.push('function')
      return undefined
    }
  ]
  const command = `${process.execPath} -e "process.stdin.resume(); console.log(JSON.stringify({ reason: process.argv[1] }))" 'two words'`
  const { policy } = policyOver(t, `Default = 'refuse'\n${largest('8GiB')}`, {
    functions,
    command,
    commandTimeoutMs: 30_000
  })
  t.match(await policy.decide(facts({ payloadSize: 9n * GIB })), { rule: 'max-payload-size' })
  t.same(asked, [])
  t.same(await policy.decide(facts()), { outcome: 'approve', rule: 'command', reason: 'two words' })
  t.same(asked, ['function'])
  t.match(policy.describe().slice(-2), [
    { rule: 'function', text: 'in-process function' },
    { rule: 'command', text: `${process.execPath} decides within 30s` }
  ])
  const without = policyOver(t, `Default = 'refuse'\n`, { command: '' })
  t.match(await without.policy.decide(facts()), { outcome: 'refuse', rule: 'default' })
})
