import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { systemClock } from '../../src/kit/clock.js'
import { silentLogger } from '../../src/logger.js'
import { CommandPolicy, type CommandPolicyInit } from '../../src/policy/command-policy.js'

/** Far above what a script takes on a busy machine. */
export const PATIENT_MS = 30_000

/** A policy that runs `script`, written to a folder of the test and ended with it. */
export function commandOf(
  t: Test,
  script: string,
  init: Partial<CommandPolicyInit> = {},
  args: readonly string[] = []
) {
  const folder = mkdtempSync(join(tmpdir(), 'policy-command-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'check')
  writeFileSync(file, script)
  chmodSync(file, 0o700)
  const policy = new CommandPolicy({
    argv: [file, ...args],
    folder,
    clock: systemClock,
    logger: silentLogger,
    timeoutMs: PATIENT_MS,
    ...init
  })
  t.teardown(() => policy.stop())
  return policy
}

export const sh = (body: string): string => `#!/bin/sh\n${body}\n`
