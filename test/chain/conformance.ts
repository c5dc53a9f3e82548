/** What every chain connector must do. A world is a source under control and the connectors that read it. */
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { SpRegistryChange } from '../../src/chain/index.js'
import type { PolledChain } from '../../src/chain/polled.js'
import { MAX_HEIGHT_AGE_MS, MAX_LIST_AGE_MS } from '../../src/constants.js'
import type { SpEntry } from '../../src/domain/registry.js'
import { ChainUnavailableError } from '../../src/errors.js'
import type { FakeClock } from '../../src/testing/fake-clock.js'
import { node, sp, sps } from './entries.js'

export const BLOCK_MS = 2_000
const DAY_BLOCKS = 86_400_000n / BigInt(BLOCK_MS)

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

const addresses = (entries: readonly SpEntry[]): string[] => entries.map(entry => entry.operatorAddress)

export function conformance(name: string, makeWorld: MakeWorld): void {
  const test = (title: string, body: (t: Test, world: World, folder: string) => Promise<void>): void => {
    t.test(`${name}: ${title}`, async t => {
      const folder = await mkdtemp(join(tmpdir(), 'sp-chain-'))
      t.teardown(() => rm(folder, { recursive: true, force: true }))
      const world = await makeWorld(t, folder)
      world.setHeight(1_000n)
      await world.publish(sps(4))
      await body(t, world, folder)
    })
  }
  const started = async (t: Test, world: World, stateFile?: string): Promise<PolledChain> => {
    const chain = world.connect(stateFile)
    t.teardown(() => chain.stop())
    await chain.start()
    return chain
  }

  test('lists the SPs and the height, addresses in one spelling', async (t, world) => {
    const lower = sp(5, { operatorAddress: sp(5).operatorAddress.toLowerCase() as SpEntry['operatorAddress'] })
    await world.publish([...sps(4), lower, { ...sp(6), status: 'STATUS_IN_MAINTENANCE', nodes: [] }])
    const chain = await started(t, world)
    t.strictSame(addresses(chain.registry.list()), addresses(sps(6)))
    t.match(chain.registry.get(sp(2).operatorAddress), sp(2))
    t.match(chain.registry.get(sp(6).operatorAddress), { status: 'IN_MAINTENANCE', nodes: [] })
    t.equal(chain.registry.get(sp(9).operatorAddress), undefined)
    t.equal(chain.heights.height(), 1_000n)
    t.match(chain.status(), {
      name: chain.name,
      height: 1_000n,
      sps: 6,
      alarm: undefined,
      listAgeMs: 0,
      heightAgeMs: 0
    })
  })

  test('tells which SPs were added, changed and removed', async (t, world) => {
    const chain = await started(t, world)
    const changes: SpRegistryChange[] = []
    chain.registry.onChange(() => {
      throw new Error('a listener that fails')
    })
    const silence = chain.registry.onChange(change => changes.push(change))
    await world.publish([sp(1), sp(2, { status: 'IN_JAILED' }), sp(3), sp(5)])
    await chain.refresh()
    const [change, ...more] = changes
    t.equal(more.length, 0)
    t.strictSame(addresses(change?.added ?? []), addresses([sp(5)]))
    t.strictSame(addresses(change?.changed ?? []), addresses([sp(2)]))
    t.equal(change?.changed[0]?.status, 'IN_JAILED')
    t.strictSame(addresses(change?.removed ?? []), addresses([sp(4)]))
    t.equal(chain.registry.get(sp(2).operatorAddress)?.status, 'IN_JAILED')
    await chain.refresh()
    t.equal(changes.length, 1, 'the same list again is no change')
    silence()
    await world.publish(sps(4))
    await chain.refresh()
    t.equal(changes.length, 1)
    t.strictSame(addresses(chain.registry.list()), addresses(sps(4)))
  })

  test('ignores an older list', async (t, world) => {
    await world.publish(sps(4), 50)
    const chain = await started(t, world)
    await world.publish(sps(5), 49)
    await chain.refresh()
    t.equal(chain.registry.list().length, 4)
    t.match(chain.status().alarm, /older than/)
    await world.publish(sps(5), 51)
    await chain.refresh()
    t.equal(chain.registry.list().length, 5)
    t.equal(chain.status().alarm, undefined)
  })

  test('holds back an empty list until it is confirmed', async (t, world) => {
    const chain = await started(t, world)
    await world.publish([])
    await chain.refresh()
    await chain.refresh()
    t.equal(chain.registry.list().length, 4)
    t.match(chain.status().alarm, /empty, held back; if it is right: sp-approval chain confirm-list/)
    chain.confirmList()
    t.strictSame(chain.registry.list(), [])
    t.equal(chain.status().alarm, undefined)
    await chain.refresh()
    t.equal(chain.status().alarm, undefined, 'a confirmed list is not held back again')
  })

  test('holds back a list that loses over half of the SPs until it is confirmed', async (t, world) => {
    const chain = await started(t, world)
    await world.publish([sp(1), sp(2)])
    await chain.refresh()
    t.equal(chain.registry.list().length, 2, 'exactly half is not over half')
    await world.publish([sp(3), sp(4), sp(5)])
    await chain.refresh()
    t.strictSame(addresses(chain.registry.list()), addresses(sps(2)))
    t.match(chain.status().alarm, /loses 2 of 2 SPs at once/)
    chain.confirmList()
    t.strictSame(addresses(chain.registry.list()), addresses([sp(3), sp(4), sp(5)]))
  })

  test('refuses a list with an invalid entry as a whole and names what is wrong', async (t, world) => {
    const chain = await started(t, world)
    const wrong: [unknown, RegExp][] = [
      [sp(5, { operatorAddress: '0x12' as SpEntry['operatorAddress'] }), /operator_?address: expected 0x and 40 hex/i],
      [sp(1), /operator_?address: expected an SP that is not listed yet/i],
      [{ ...sp(5), nodes: [node(1)] }, /peer_?id: expected a peer id that no other entry names/i],
      [{ ...sp(5), nodes: [node(5), node(5)] }, /peer_?id: expected a peer id that no other entry names/i],
      [{ ...sp(5), nodes: [{ peerId: 'abc', addresses: [] }] }, /nodes\[0\]\.peer_?id: expected a libp2p peer id/i],
      [{ ...sp(5), nodes: [{ ...node(5), addresses: ['1.2.3.4:9933'] }] }, /addresses\[0\]: expected a multiaddr/i],
      [{ ...sp(5), nodes: [{ ...node(5), addresses: [`/ip4/1.2.3.4/tcp/1/p2p/${node(6).peerId}`] }] }, /an address of/],
      [{ ...sp(5), nodes: Array.from({ length: 33 }, (_, n) => node(n + 20)) }, /nodes: expected a list of at most 32/],
      [{ ...sp(5), nodes: [{ ...node(5), addresses: Array(17).fill('/ip4/1.2.3.4/tcp/1') }] }, /at most 16 multiaddrs/],
      [{ ...sp(5), status: 'RETIRED' }, /status: expected one of IN_SERVICE, IN_JAILED/],
      [{ ...sp(5), endpoint: 'http://a\nb' }, /endpoint: expected one line/],
      [{ ...sp(5), approvalAddress: 'none' }, /approval_?address: expected 0x and 40 hex/i],
      [{ ...sp(5), dataChunks: 65 }, /data_?chunks: expected a whole number from 1 to 64/i]
    ]
    for (const [entry, expected] of wrong) {
      await world.publish([...sps(4), entry])
      await chain.refresh()
      t.strictSame(addresses(chain.registry.list()), addresses(sps(4)))
      t.match(chain.status().alarm, expected)
      t.notMatch(chain.status().alarm, /\n/)
    }
    await world.publish(sps(5))
    await chain.refresh()
    t.equal(chain.registry.list().length, 5)
  })

  test('refuses heights that go back or jump, and none of them ratchets', async (t, world) => {
    const chain = await started(t, world)
    for (const [bad, why] of [
      [999n, /went back from 1000 to 999/],
      [1_000n + DAY_BLOCKS, /jumped from 1000 to 44200/],
      [1n << 63n, /height \d+ is out of range/],
      [1_000n + DAY_BLOCKS, /jumped from 1000/]
    ] as const) {
      world.setHeight(bad)
      await chain.refresh()
      t.equal(chain.heights.height(), 1_000n)
      t.match(chain.status().alarm, why)
      t.match(chain.status().alarm, /if it is right: sp-approval chain reset-height/)
    }
    world.setHeight(1_010n)
    await chain.refresh()
    t.equal(chain.heights.height(), 1_010n)
    t.equal(chain.status().alarm, undefined)
  })

  test('fails closed when bad heights are all there is, until the operator resets', async (t, world) => {
    const chain = await started(t, world)
    world.setHeight(1_000n + DAY_BLOCKS)
    await chain.refresh()
    await world.clock.advance(MAX_HEIGHT_AGE_MS + 1)
    world.setHeight(1_000n + DAY_BLOCKS)
    await chain.refresh()
    t.throws(() => chain.heights.height(), {
      message: /^height: the last one from .* is 30 s old, limit 30 s \(.*jumped from 1000/,
      hint: /sp-approval chain reset-height/
    })
    chain.resetHeight()
    await chain.refresh()
    t.equal(chain.heights.height(), 1_000n + DAY_BLOCKS)
  })

  test('uses the last readings up to their age limits while the source is down, then says so', async (t, world) => {
    const chain = await started(t, world)
    await world.goDown()
    await world.clock.advance(MAX_HEIGHT_AGE_MS - 1_000)
    await chain.refresh()
    t.equal(chain.heights.height(), 1_000n)
    t.ok(chain.status().alarm)
    await world.clock.advance(2_000)
    t.throws(() => chain.heights.height(), { message: /^height: the last one from .* is 31 s old, limit 30 s/ })
    await world.clock.advance(MAX_LIST_AGE_MS - MAX_HEIGHT_AGE_MS - 2_000)
    await chain.refresh()
    t.equal(chain.registry.list().length, 4)
    await world.clock.advance(2_000)
    t.throws(() => chain.registry.list(), {
      name: 'ChainUnavailableError',
      message: /^SP list: the last one from .* is 601 s old, limit 600 s \(/,
      hint: /doctor/
    })
    t.throws(() => chain.registry.get(sp(1).operatorAddress), ChainUnavailableError)
    await world.comeBack()
    world.setHeight(1_310n)
    await chain.refresh()
    t.equal(chain.registry.list().length, 4)
    t.equal(chain.heights.height(), 1_310n)
    t.equal(chain.status().alarm, undefined)
  })

  test('starts while the source is down only where that is an outage', async (t, world) => {
    await world.goDown()
    const chain = world.connect()
    t.teardown(() => chain.stop())
    if (world.brokenStartFails) {
      await t.rejects(chain.start(), { name: 'ConfigError', exitCode: 2 })
      return
    }
    await chain.start()
    t.throws(() => chain.registry.list(), { message: /^SP list: none yet from / })
    t.throws(() => chain.heights.height(), { message: /^height: none yet from / })
    await world.comeBack()
    world.setHeight(1_000n)
    await chain.refresh()
    t.equal(chain.registry.list().length, 4)
  })

  test('remembers sequence, SPs and height across a restart', async (t, world, folder) => {
    const stateFile = join(folder, 'state', 'chain.json')
    await world.publish(sps(4), 60)
    const before = world.connect(stateFile)
    await before.start()
    await before.stop()
    t.equal((await stat(stateFile)).mode & 0o777, 0o600)

    await world.publish(sps(5), 59)
    world.setHeight(999n)
    const after = await started(t, world, stateFile)
    t.throws(() => after.registry.list(), { message: /sequence .* is older than/ })
    t.throws(() => after.heights.height(), { message: /went back from 1000 to 999/ })
    await world.publish([sp(1)], 61)
    await after.refresh()
    t.throws(() => after.registry.list(), { message: /loses 3 of 4 SPs at once/ })
    if (!world.heightsFromWall) {
      world.setHeight(1_000n + DAY_BLOCKS)
      await after.refresh()
      t.throws(() => after.heights.height(), { message: /jumped from 1000/ })
    }
    await world.publish(sps(5), 62)
    world.setHeight(1_020n)
    await after.refresh()
    t.equal(after.registry.list().length, 5)
    t.equal(after.heights.height(), 1_020n)
  })

  test('sets a damaged state file aside and starts', async (t, world, folder) => {
    const stateFile = join(folder, 'chain.json')
    for (const damage of ['', '{"version":1', '{"version":1,"source":3}', 'x'.repeat(3_000_000)]) {
      await writeFile(stateFile, damage)
      const chain = world.connect(stateFile)
      await chain.start()
      t.equal(chain.registry.list().length, 4)
      await chain.stop()
      t.match(JSON.parse(await readFile(stateFile, 'utf8')), { version: 1, height: { value: '1000' } })
      t.ok((await readdir(folder)).some(name => name.startsWith('chain.json.damaged-')))
    }
  })

  test('stops without leaving a timer and starts again', async (t, world) => {
    const chain = world.connect()
    for (let round = 0; round < 3; round++) {
      await chain.start()
      await chain.start()
      t.equal(chain.registry.list().length, 4)
      t.ok(world.clock.pending > 0)
      await chain.stop()
      await chain.stop()
      t.equal(world.clock.pending, 0)
    }
    await world.publish(sps(5))
    await chain.refresh()
    t.equal(chain.registry.list().length, 4, 'a stopped connector does not read')
    await chain.start()
    t.equal(chain.registry.list().length, 5)
    await chain.stop()
    t.equal(world.clock.pending, 0)
  })
}
