// Runs test files one after another in this process, each as a subtest of its name: `node scripts/test-group.js FILE…`.
// What they import is loaded once. A file that is run so calls its own `t` as it does alone; the calls go to its subtest.
// A file fails that leaves an exit code or a listener of the process behind. A process of one file works the same way.
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

/** A file is to end within this; tap then tells what still ran. */
const TIMEOUT_MS = Number(process.env.TAP_TIMEOUT) * 1_000
/** What test files call at their top level. */
const METHODS = ['test', 'teardown', 'testdir', 'comment', 'pass', 'fail', 'ok', 'equal', 'same', 'strictSame', 'match']

// Before tap is loaded: it names its root, and thereby folders of tests, after the arguments.
const files = process.argv.splice(2)
const { default: t } = await import('tap')
const own = Object.fromEntries(METHODS.map(name => [name, t[name]]))
const listeners = () => process.eventNames().map(name => `${String(name)}: ${process.listenerCount(name)}`)

for (const file of files) {
  const [started, cpu] = [performance.now(), process.cpuUsage()]
  await t.test(file, { timeout: TIMEOUT_MS }, async sub => {
    for (const name of METHODS) t[name] = sub[name].bind(sub)
    const [before, code] = [listeners(), process.exitCode]
    await import(pathToFileURL(resolve(file)).href)
    if (files.length === 1) return
    sub.test('it leaves nothing of its own in the process', async end => {
      end.same(listeners(), before, 'no listener')
      end.equal(process.exitCode, code, 'no exit code')
    })
  })
  Object.assign(t, own)
  const { user, system } = process.cpuUsage(cpu)
  // For the runner, in ms.
  t.comment(`measured ${Math.round(performance.now() - started)} ${Math.round((user + system) / 1_000)}`)
}
