/** A node whose log cannot be written. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { awaited, until } from '../support/awaited.js'
import { guardChild } from '../support/guard.js'
import { ANY_PORT, bin, run } from './command.js'
import { startPair } from './pair.js'

t.test(
  'with its output on a full disk, or read by nobody after its first line, a node stays and ends in order',
  async t => {
    const full = openSync('/dev/full', 'w')
    t.teardown(() => closeSync(full))
    for (const stdout of [full, 'pipe'] as const) {
      const cwd = t.testdir()
      const args = [bin, 'start', ...ANY_PORT, '--json']
      const env = { PATH: process.env.PATH }
      const child = guardChild(spawn(process.execPath, args, { cwd, env, stdio: ['ignore', stdout, full] }))
      const url = join(cwd, 'data/api.url')
      if (child.stdout !== null) {
        await awaited('the first line', once(child.stdout, 'data'))
        child.stdout.destroy()
      } else await until(() => existsSync(url) && readFileSync(url, 'utf8') !== '', 'the API to be told of')
      const healthy = await fetch(`${readFileSync(url, 'utf8').trim()}/-/healthy`)
      t.equal(healthy.status, 200)
      child.kill('SIGTERM')
      t.strictSame(await awaited('the node to end', once(child, 'exit')), [0, null])
    }
  }
)

t.test('with its log on a full disk a node asks, grants, says so and ends in order', async t => {
  const env = { SP_APPROVAL__LOG__PATH: '/dev/full', SP_APPROVAL__LOG__LEVEL: 'debug' }
  const { cwd, daemon, operatorAddress, httpUrl, module, ready } = await startPair(t, env)
  const task = module.createTask({ bucketName: 'b', objectName: 'o', id: '1', payloadSize: 1n << 20n })
  const { approvals } = await module.handleReplicatePieceApproval(task, { min: 1, max: 1, timeoutMs: 20_000 })
  t.match(approvals, [{ sp: operatorAddress }], "another SP's ask is granted")

  const object = ['--bucket', 'b', '--object', 'p', '--id', '2', '--payload-size', '1MiB']
  const ask = await run(['ask', '--http', httpUrl, ...object, '--min', '1', '--json'], { cwd })
  t.match(ask, { code: 0 }, 'an ask of its own succeeds')
  t.match(JSON.parse(ask.stdout), { approvals: [{ sp: module.operatorAddress }] })

  let told = await ready()
  await until(async () => {
    told = await ready()
    return told.alarms.includes('log')
  }, 'an alarm of the log')
  t.strictSame(told, { ready: true, alarms: ['log'] })
  t.match(await (await fetch(String(daemon.ready.metricsUrl))).text(), /^sp_approval_alarm\{kind="log"\} 1$/m)
  t.match(daemon.text.stdout, /"event":"ready","reachable":1,"min":1/, 'it said ready when it was')
  daemon.signal('SIGTERM')
  t.equal(await daemon.ended(), 0, daemon.text.stderr)
})
