import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { guardFolder } from './guard.js'

/**
 * A new folder that is gone after the test, also when the process dies in the middle. Unlike `t.testdir()` each call gives
 * another one.
 */
export function temporaryFolder(t: { teardown(end: () => unknown): unknown }, name = 'test'): string {
  const path = mkdtempSync(join(tmpdir(), `sp-${name}-`))
  guardFolder(path)
  t.teardown(() => rm(path, { recursive: true, force: true }))
  return path
}
