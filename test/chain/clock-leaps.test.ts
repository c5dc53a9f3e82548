/**
 * A node with a static list whose wall clock leaps, at any moment, with restarts and edits of the list in between: once the
 * clock is right it has the list and the height within 5 s, or an alarm names the operator's way out and that works.
 */
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import type { PolledChain } from '../../src/chain/polled.js'
import { staticChain } from '../../src/chain/static/index.js'
import { type FakeClock, fakeClock } from '../../src/testing/fake-clock.js'
import { sps } from './entries.js'
import { listOf } from './static-file.js'

const START = Date.parse('2026-06-01T00:00:00Z')
const GENESIS = Date.parse('2025-01-01T00:00:00Z')
const BLOCK_MS = 2_000
const MINUTE = 60_000
/** More where a long run is wanted: `SP_APPROVAL_LEAPS=2000 npm test -- chain/clock-leaps.test.ts`. */
const RUNS = Number(process.env.SP_APPROVAL_LEAPS ?? 30)
const YEAR = 365 * 86_400_000

type Step =
  | { readonly do: 'leap'; readonly ms: number }
  | { readonly do: 'right' | 'restart' | 'edit' }
  | { readonly do: 'pass'; readonly ms: number }

const leap = fc.oneof(
  fc.integer({ min: -YEAR, max: YEAR }),
  fc.integer({ min: -90 * MINUTE, max: 90 * MINUTE }),
  fc.integer({ min: -200_000, max: 200_000 })
)
const step: fc.Arbitrary<Step> = fc.oneof(
  leap.map(ms => ({ do: 'leap' as const, ms })),
  fc.constantFrom<Step>({ do: 'right' }, { do: 'restart' }, { do: 'edit' }),
  fc.integer({ min: 0, max: 4 * MINUTE }).map(ms => ({ do: 'pass' as const, ms }))
)

/** A node and the true time, which its clock may not tell. */
class World {
  readonly clock: FakeClock = fakeClock(START)
  readonly #file: string
  readonly #stateFile: string
  #offset = 0
  #chain: PolledChain | undefined
  #listed = 3

  constructor(folder: string) {
    this.#file = join(folder, 'providers.toml')
    this.#stateFile = join(folder, 'chain.json')
  }

  get chain(): PolledChain {
    if (this.#chain === undefined) throw new Error('not started')
    return this.#chain
  }

  get height(): bigint {
    return BigInt(Math.floor((this.clock.now() - this.#offset - GENESIS) / BLOCK_MS))
  }

  get listed(): number {
    return this.#listed
  }

  async start(): Promise<void> {
    this.#chain = staticChain({ file: this.#file, clock: this.clock, stateFile: this.#stateFile })
    await this.#chain.start()
  }

  async stop(): Promise<void> {
    await this.#chain?.stop()
  }

  /** The file as it is written now, by a machine whose clock is ours. */
  async edit(listed: number): Promise<void> {
    this.#listed = listed
    await writeFile(this.#file, listOf(sps(listed)))
    const now = this.clock.now() / 1_000
    await utimes(this.#file, now, now)
  }

  leap(ms: number): void {
    this.#offset += ms
    this.clock.setWall(this.clock.now() + ms)
  }

  /** With a reading every two seconds. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 2_000) {
      this.clock.stall(Math.min(left, 2_000))
      await this.chain.refresh()
    }
  }

  async do(step: Step): Promise<void> {
    switch (step.do) {
      case 'leap':
        this.leap(step.ms)
        return
      case 'right':
        this.leap(-this.#offset)
        return
      case 'pass':
        return this.pass(step.ms)
      case 'edit':
        await this.edit((this.#listed % 5) + 3)
        return this.pass(4_000)
      case 'restart':
        await this.stop()
        this.clock.stall(10_000)
        await this.start()
    }
  }
}

t.test('static: after any leaps of the clock, list and height are right within 5 s of the clock', async t => {
  const seed = Date.now() & 0x7fffffff
  t.comment(`seed ${seed}`)
  let waysOut = 0
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async steps => {
      const folder = await mkdtemp(join(tmpdir(), 'sp-leaps-'))
      const world = new World(folder)
      try {
        await world.edit(3)
        await world.start()
        await world.pass(20_000)
        for (const step of steps) await world.do(step)
        await world.do({ do: 'right' })
        await world.pass(5_000)
        if (/resetHeight\(\)/.test(world.chain.status().alarm ?? '')) {
          waysOut++
          world.chain.resetHeight()
          await world.chain.refresh()
        }
        const off = world.chain.heights.height() - world.height
        if (off < 0n || off > 300n) throw new Error(`the height is ${off} blocks off`)
        const { length } = world.chain.registry.list()
        if (length !== world.listed)
          throw new Error(`${length} SPs, expected ${world.listed}: ${world.chain.status().alarm}`)
      } finally {
        await world.stop()
        await rm(folder, { recursive: true, force: true })
      }
    }),
    { seed, numRuns: RUNS }
  )
  t.ok(waysOut <= RUNS / 10, `${waysOut} of ${RUNS} runs needed the operator`)
})
