/** A source of SPs and heights under control, and the connectors that read it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { PolledChain } from '../../src/chain/polled.js'
import type { SpEntry } from '../../src/domain/registry.js'
import type { FakeClock } from '../../src/testing/fake-clock.js'
import { sps } from './entries.js'

export const BLOCK_MS = 2_000
export const DAY_BLOCKS = 86_400_000n / BigInt(BLOCK_MS)

export interface World {
  readonly clock: FakeClock
  /** Heights come from the wall clock: a clock a day ahead and a day of downtime are the same to it. */
  readonly heightsFromWall: boolean
  /** A wrong source at the first start is a fault of the configuration, not an outage. */
  readonly brokenStartFails: boolean
  /** A connector of this source; another one with the same state file is the same node after a restart. */
  connect(stateFile?: string): PolledChain
  /** The list at the source from now on; sequences count up unless one is given. */
  publish(entries: readonly unknown[], sequence?: number): Promise<void>
  setHeight(height: bigint): void
  /** Neither list nor height can be read. */
  goDown(): Promise<void>
  comeBack(): Promise<void>
}

export type MakeWorld = (t: Test, folder: string) => Promise<World>

export const addresses = (entries: readonly SpEntry[]): string[] => entries.map(entry => entry.operatorAddress)

/** One rule, tried in a world of its own with four SPs at height 1,000. */
export type Rule = (title: string, body: (t: Test, world: World, folder: string) => Promise<void>) => void

export const rulesOf =
  (name: string, makeWorld: MakeWorld): Rule =>
  (title, body) => {
    t.test(`${name}: ${title}`, async t => {
      const folder = await mkdtemp(join(tmpdir(), 'sp-chain-'))
      t.teardown(() => rm(folder, { recursive: true, force: true }))
      const world = await makeWorld(t, folder)
      world.setHeight(1_000n)
      await world.publish(sps(4))
      await body(t, world, folder)
    })
  }

export async function started(t: Test, world: World, stateFile?: string): Promise<PolledChain> {
  const chain = world.connect(stateFile)
  t.teardown(() => chain.stop())
  await chain.start()
  return chain
}
