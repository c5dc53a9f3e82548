import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { systemClock } from '../../src/kit/clock.js'
import { silentLogger } from '../../src/logger.js'
import { CommandPolicy } from '../../src/policy/command-policy.js'
import { commandOf, PATIENT_MS, sh } from './command-fixture.js'
import { facts } from './facts.js'

t.test('a program that cannot be run is found at the start, and is in force as a fault until it decides', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'policy-command-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const where = { folder, clock: systemClock, logger: silentLogger }
  const put = (name: string, text: string, mode = 0o755): void => {
    writeFileSync(join(folder, name), text)
    chmodSync(join(folder, name), mode)
  }
  put('plain', sh('exit 0'), 0o644)
  put('windows', '#!/bin/sh\r\nexit 0\r\n')
  put('windows-env', '#!/usr/bin/env node\r\nprocess.exit(0)\r\n')
  put('stray', '#!/no/such/interpreter\n')
  put('stray-env', '#!/usr/bin/env no-such-interpreter\n')
  const table: readonly [program: string, fault: RegExp][] = [
    ['./missing', /\/missing: no such file/],
    ['./plain', /\/plain is not executable: chmod \+x it/],
    ['./windows', /\/windows has Windows line ends \(CRLF\): save it with LF/],
    ['./windows-env', /\/windows-env has Windows line ends/],
    ['./stray', /the interpreter of .*\/stray, \/no\/such\/interpreter, is not there or not executable/],
    ['./stray-env', /the interpreter of .*\/stray-env, no-such-interpreter, is in no folder of PATH/],
    ['.', /\. is in no folder of PATH/],
    ['./', /is no file/],
    ['no-such-program', /no-such-program is in no folder of PATH/]
  ]
  for (const [program, fault] of table) {
    const policy = new CommandPolicy({ ...where, argv: [program] })
    policy.start()
    t.match(policy.fault(), fault)
    t.match(policy.fault(), /^policy command: .*; the asks it should decide are refused$/)
    t.match(await policy.decide(facts()), { outcome: 'refuse', reason: /^policy command failed: / }, program)
    t.ok(policy.fault(), 'still in force')
    await policy.stop()
  }
  put('later', sh('exit 0'), 0o644)
  const policy = new CommandPolicy({ ...where, argv: ['./later'], timeoutMs: PATIENT_MS })
  policy.start()
  t.teardown(() => policy.stop())
  t.ok(policy.fault())
  chmodSync(join(folder, 'later'), 0o755)
  t.match(await policy.decide(facts()), { outcome: 'approve' })
  t.equal(policy.fault(), undefined, 'over with the first decision')
  put('later', sh('exit 7'))
  t.match(await policy.decide(facts()), { outcome: 'refuse' })
  t.match(policy.fault(), /exit code 7, expected 0 or 1/, 'the last outcome counts, not the first look')
})

t.test('a command runs in its folder, where its relative arguments start too', async t => {
  const policy = commandOf(t, sh(`[ -f "$1" ] && [ "$PWD" = "$(dirname "$(realpath "$1")")" ]`), {}, ['./check'])
  t.match(await policy.decide(facts()), { outcome: 'approve' })
})
