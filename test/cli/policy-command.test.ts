/** A policy command that works when the node starts, breaks, and is mended. */
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { run } from './command.js'
import { startPair } from './pair.js'

t.test('a policy command that breaks while the node runs is told everywhere until it decides again', async t => {
  const { cwd, httpUrl, module, daemon, ready } = await startPair(
    t,
    { SP_APPROVAL__POLICY__COMMAND_TIMEOUT: '30s' },
    folder => {
      const config = join(folder, 'config.toml')
      writeFileSync(config, readFileSync(config, 'utf8').replace("Command = ''", "Command = './decide'"))
      writeFileSync(join(folder, 'decide'), '#!/bin/sh\nexit 0\n')
      chmodSync(join(folder, 'decide'), 0o755)
    }
  )
  const ask = (id: string, timeoutMs: number) => {
    const task = module.createTask({ bucketName: 'b', objectName: 'o', id, payloadSize: 1n << 20n })
    return module.handleReplicatePieceApproval(task, { min: 1, max: 1, timeoutMs })
  }
  const told = async (kinds: readonly string[]): Promise<boolean> => {
    for (;;) {
      const { alarms, ready: isReady } = await ready()
      if (alarms.join() === kinds.join()) return isReady
    }
  }
  await ask('1', 20_000)
  t.ok(await told([]))

  writeFileSync(join(cwd, 'decide'), '#!/bin/sh\r\nexit 0\r\n')
  await t.rejects(ask('2', 1_000), { code: 'ERR_INSUFFICIENT_APPROVALS' })
  t.ok(await told(['policy-command']), 'asks of its own still work')
  const doctor = await run(['doctor', '--http', httpUrl, '--json'], { cwd })
  t.equal(doctor.code, 1)
  t.match(
    JSON.parse(doctor.stdout).findings.filter(({ verdict }: { verdict: string }) => verdict === 'fail'),
    [{ check: 'alarm', what: /^policy command: .*; the asks it should decide are refused/ }]
  )
  t.match(
    await (await fetch(String(daemon.ready.metricsUrl))).text(),
    /^sp_approval_alarm\{kind="policy-command"\} 1$/m
  )
  const check = await run(['config', 'check'], { cwd })
  t.equal(check.code, 2)
  t.match(check.stderr, /\[Policy\] Command: expected a program that can be run, got .*decide has Windows line ends/)

  writeFileSync(join(cwd, 'decide'), '#!/bin/sh\nexit 0\n')
  await ask('3', 20_000)
  t.ok(await told([]))
})
