import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { customChain } from '../../src/chain/custom.js'
import type { CustomChain } from '../../src/contract.js'
import type { SpEntry } from '../../src/domain/registry.js'
import { fakeClock } from '../../src/testing/fake-clock.js'
import { BLOCK_MS, conformance } from './conformance.js'
import { sps } from './entries.js'

conformance('custom', async () => {
  const clock = fakeClock()
  let down = false
  let list: { sequence: bigint; entries: readonly SpEntry[] } = { sequence: 0n, entries: [] }
  let height = 0n
  const requireUp = () => {
    if (down) throw new Error('connection refused')
  }
  const source: CustomChain = {
    minBlockTimeMs: BLOCK_MS,
    listProviders: async () => {
      requireUp()
      return { ...list, time: clock.now() }
    },
    height: async () => {
      requireUp()
      return height
    }
  }
  return {
    clock,
    heightsFromWall: false,
    brokenStartFails: false,
    connect: stateFile => customChain(source, { clock, ...(stateFile === undefined ? {} : { stateFile }) }),
    publish: async (entries, sequence) => {
      list = { sequence: BigInt(sequence ?? list.sequence + 1n), entries: entries as SpEntry[] }
    },
    setHeight: next => {
      height = next
    },
    goDown: async () => {
      down = true
    },
    comeBack: async () => {
      down = false
    }
  }
})

t.test('custom: a bare array of SPs and a number as height are enough', async t => {
  const clock = fakeClock()
  let entries = sps(2)
  const chain = customChain({ listProviders: async () => entries, height: async () => 7 }, { clock })
  await chain.start()
  t.equal(chain.registry.list().length, 2)
  t.equal(chain.heights.height(), 7n)
  entries = sps(3)
  clock.setWall(1_000)
  await clock.advance(5_000)
  t.equal(chain.registry.list().length, 3, 'seen within 5 s, also when the wall clock was set back')
  await chain.stop()
})

t.test('custom: a connector that was stopped before it started leaves what an earlier run remembered', async t => {
  const dir = await mkdtemp(join(tmpdir(), 'chain-'))
  t.teardown(() => rm(dir, { recursive: true }))
  const stateFile = join(dir, 'chain.json')
  const source: CustomChain = {
    listProviders: async () => ({ sequence: 9n, time: 1, entries: sps(2) }),
    height: async () => 7n
  }
  const first = customChain(source, { clock: fakeClock(), stateFile })
  await first.start()
  await first.stop()
  const remembered = await readFile(stateFile, 'utf8')
  t.match(JSON.parse(remembered), { list: { sequence: '9' }, height: { value: '7' } })

  const second = customChain(source, { clock: fakeClock(), stateFile })
  second.resetHeight()
  await second.stop()
  t.equal(await readFile(stateFile, 'utf8'), remembered)
})

t.test('custom: what is no list or height is named', async t => {
  const clock = fakeClock()
  let height: unknown = 1.5
  let list: unknown = 'none'
  const chain = customChain({ listProviders: async () => list, height: async () => height } as CustomChain, { clock })
  await chain.start()
  t.match(chain.status().alarm, /listProviders\(\)\.sequence: expected a bigint/)
  t.match(chain.status().alarm, /height\(\): expected a bigint or a whole number, got 1\.5/)
  height = -1n
  list = { sequence: 1n, time: 'now', entries: [] }
  await chain.refresh()
  t.match(chain.status().alarm, /listProviders\(\)\.time: expected Unix milliseconds, got "now"/)
  t.match(chain.status().alarm, /height -1 is out of range/)
  await chain.stop()
  t.throws(() => customChain({ listProviders: async () => [], height: async () => 1, minBlockTimeMs: 0 }), {
    message: /minBlockTimeMs: expected at least 1 ms, got 0/
  })
})

t.test('custom: calls that never return are given up, limited in number, and do not hold up stop', async t => {
  const clock = fakeClock()
  let calls = 0
  const chain = customChain(
    {
      listProviders: () => {
        calls++
        return new Promise(() => undefined)
      },
      height: async () => 1
    },
    { clock }
  )
  const start = chain.start()
  await clock.advance(0)
  await clock.advance(5_000)
  await start
  t.equal(chain.heights.height(), 1n, 'the height does not wait for the list')
  t.match(chain.status().alarm, /listProviders\(\): expected an answer, none in 5000 ms/)
  await clock.advance(600_000)
  t.equal(calls, 8)
  t.match(chain.status().alarm, /8 calls have not returned/)
  await chain.stop()
  t.equal(clock.pending, 0)
})
