/** What every chain connector must do with heights, outages and restarts. */
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { MAX_HEIGHT_AGE_MS, MAX_LIST_AGE_MS } from '../../src/constants.js'
import { ChainUnavailableError } from '../../src/errors.js'
import { sp, sps } from './entries.js'
import { DAY_BLOCKS, type Rule, started } from './world.js'

export function heightRules(test: Rule): void {
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
      t.match(chain.status().alarm, /if it is right: resetHeight\(\)/)
    }
    world.setHeight(1_010n)
    await chain.refresh()
    t.equal(chain.heights.height(), 1_010n)
    t.equal(chain.status().alarm, undefined)
  })

  test('stands still while a source is some blocks behind, and goes on with it', async (t, world) => {
    const chain = await started(t, world)
    for (const behind of [1n, 70n, 300n]) {
      await world.clock.advance(MAX_HEIGHT_AGE_MS - 1_000)
      const top = chain.heights.height()
      world.setHeight(top - behind)
      await chain.refresh()
      t.equal(chain.heights.height(), top)
      t.match(chain.status().alarm, /went back from \d+ to \d+, the height stands still/)
      world.setHeight(top)
    }
    await chain.refresh()
    t.equal(chain.status().alarm, undefined)
  })

  test('gains no blocks by being read often', async (t, world) => {
    const chain = await started(t, world)
    let height = 1_000n
    for (let reading = 0; reading < 60; reading++) {
      height += 10n
      world.setHeight(height)
      await chain.refresh()
    }
    t.equal(chain.heights.height(), 1_020n, 'the slack is one for all readings')
    t.match(chain.status().alarm, /jumped from 1020 to 1600/)
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
      hint: /resetHeight\(\)/
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
      hint: /diagnose\(\)/
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
    world.setHeight(600n)
    const after = await started(t, world, stateFile)
    t.throws(() => after.registry.list(), {
      message: /list .*is older than .*, held back; if it is right: confirmList/
    })
    t.throws(() => after.heights.height(), { message: /went back from 1000 to 600/ })
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
