/** A store on disk with promises in it, to be harmed. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import type { Height } from '../../src/domain/brands.js'
import type { ApprovalStore } from '../../src/store/index.js'
import { levelStore } from '../../src/store/level.js'
import { fakeClock } from '../../src/testing/fake-clock.js'
import { sampleGrant } from './sample-grant.js'

export const folder = (t: Test): string => {
  const dir = mkdtempSync(join(tmpdir(), 'damage-'))
  t.teardown(() => rm(dir, { recursive: true, force: true }))
  return dir
}

/** What the store of {@link filled} holds of them. */
export const CREATE_TIMES = [{ low: 70n, high: 77n }]

export const at = (blocks: number): Height => BigInt(blocks) as Height

/** A store that held twenty promises up to height 1,900, so a mark of 2,000, and was closed. */
export async function filled(t: Test): Promise<string> {
  const dir = join(folder(t), 'approvals')
  const store = levelStore({ dir })
  await store.open()
  for (let number = 0; number < 20; number += 5) {
    await Promise.all([0, 1, 2, 3, 4].map(step => store.putGrant(sampleGrant(number + step))))
  }
  await store.putCreateTimes(CREATE_TIMES)
  await store.close()
  return dir
}

export async function reopened(t: Test, dir: string): Promise<ApprovalStore> {
  const store = levelStore({ dir, clock: fakeClock() })
  await store.open()
  t.teardown(() => store.close())
  return store
}

export const flip = (file: string, share: number): void => {
  const bytes = readFileSync(file)
  const offset = Math.floor(bytes.length * share)
  bytes[offset] = (bytes[offset] ?? 0) ^ 0xff
  writeFileSync(file, bytes)
}
