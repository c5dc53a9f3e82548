import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { systemClock } from '../../src/kit/clock.js'
import { FileWatch } from '../../src/kit/file-watch.js'

/** A watched file keeps no process alive; the test that waits for it does. */
const waiter = setInterval(() => undefined, 60_000)
t.teardown(() => clearInterval(waiter))

t.test('a folder that is replaced, of which the system tells nothing, is noticed by looking', async t => {
  const dir = t.testdir({ live: { 'policy.toml': 'a' }, next: { 'policy.toml': 'b' } })
  let changes = 0
  let told = (): void => undefined
  const change = (): Promise<void> =>
    new Promise(resolve => {
      told = resolve
    })
  const watcher = new FileWatch({
    file: `${dir}/live/policy.toml`,
    clock: systemClock,
    pollMs: 20,
    onChange: () => {
      changes++
      told()
    }
  })
  t.teardown(() => watcher.stop())
  const first = change()
  watcher.start()
  await first
  const second = change()
  renameSync(`${dir}/live`, `${dir}/old`)
  renameSync(`${dir}/next`, `${dir}/live`)
  await second
  t.equal(changes, 2, 'once at the start, once for the new folder')
  watcher.stop()
})

t.test('a folder that is not there yet is only looked at', async t => {
  const dir = t.testdir()
  const reasons: unknown[] = []
  let told = (): void => undefined
  const watcher = new FileWatch({
    file: `${dir}/later/policy.toml`,
    clock: systemClock,
    onUnwatched: why => reasons.push(why),
    pollMs: 20,
    onChange: () => told()
  })
  t.teardown(() => watcher.stop())
  const change = (): Promise<void> =>
    new Promise(resolve => {
      told = resolve
    })
  const absent = change()
  watcher.start()
  await absent
  const present = change()
  mkdirSync(`${dir}/later`)
  writeFileSync(`${dir}/later/policy.toml`, 'x')
  await present
  t.match(reasons, [{ code: 'ENOENT' }])
})
