import { once } from 'node:events'
import { copyFile, mkdtemp, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { staticChain } from '../../src/chain/static/index.js'
import { fakeClock } from '../../src/testing/fake-clock.js'
import { BLOCK_MS, conformance } from './conformance.js'
import { sp, sps } from './entries.js'
import { HEAD, listOf } from './static-file.js'

const GENESIS = Date.parse('2025-01-01T00:00:00Z')
conformance('static', async (_t, folder) => {
  const clock = fakeClock(GENESIS)
  const file = join(folder, 'providers.toml')
  let last = 0
  let wall = GENESIS
  return {
    clock,
    heightsFromWall: true,
    brokenStartFails: true,
    connect: stateFile => staticChain({ file, clock, ...(stateFile === undefined ? {} : { stateFile }) }),
    publish: async (entries, sequence) => {
      last = sequence ?? last + 1
      await writeFile(file, listOf(entries))
      const writtenAt = GENESIS / 1_000 - 1_000 + last
      await utimes(file, writtenAt, writtenAt)
    },
    setHeight: height => {
      wall = GENESIS + Number(height) * BLOCK_MS
      clock.setWall(wall)
    },
    goDown: async () => {
      await rename(file, `${file}.away`)
      clock.setWall(GENESIS - 3_600_000)
    },
    comeBack: async () => {
      await rename(`${file}.away`, file)
    }
  }
})

async function folderOf(t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sp-static-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return folder
}

t.test('static: the shipped configs/providers.toml is good', async t => {
  const file = join(await folderOf(t), 'providers.toml')
  await copyFile('configs/providers.toml', file)
  const clock = fakeClock(GENESIS + 86_400_000)
  const chain = staticChain({ file, clock })
  await chain.start()
  t.teardown(() => chain.stop())
  t.match(chain.registry.list(), [{ nodes: [{ addresses: ['/ip4/127.0.0.1/tcp/9933'] }] }, { nodes: [] }])
  t.equal(chain.heights.height(), 43_200n)
  clock.setWall(clock.now() + 3_999)
  t.equal(chain.heights.height(), 43_201n, 'the clock is read at every call')
})

t.test('static: an edit is seen within 5 s on the real clock, whether written in place or replaced', async t => {
  const file = join(await folderOf(t), 'providers.toml')
  await writeFile(file, listOf(sps(3)))
  const chain = staticChain({ file })
  await chain.start()
  t.teardown(() => chain.stop())
  const events = new EventTarget()
  chain.registry.onChange(() => events.dispatchEvent(new Event('change')))
  for (const edit of [
    () => writeFile(file, listOf(sps(4))),
    async () => {
      await writeFile(`${file}.new`, listOf(sps(5)))
      await rename(`${file}.new`, file)
    }
  ]) {
    const seen = once(events, 'change', { signal: AbortSignal.timeout(5_000) })
    await edit()
    await seen
  }
  t.equal(chain.registry.list().length, 5)
})

t.test('static: a wrong edit keeps the last good list and names file, line, key, expected and got', async t => {
  const file = join(await folderOf(t), 'providers.toml')
  const clock = fakeClock()
  await writeFile(file, listOf(sps(3)))
  const chain = staticChain({ file, clock })
  await chain.start()
  t.teardown(() => chain.stop())
  const good = listOf(sps(3))
  const wrong: [string, RegExp][] = [
    [
      good.replace(/addresses = \["[^"]*"\]/, 'addresses = ["nowhere"]'),
      /toml:12: providers\[0\]\.nodes\[0\]\.addresses\[0\]: expected a multiaddr such as .*, got "nowhere"/
    ],
    [
      good.replace(/(providers\]\].*?providers\]\].*?)status = "IN_SERVICE"/s, '$1status = "OUT"'),
      /toml:19: providers\[1\]\.status: expected one of IN_SERVICE, .*, got "OUT"/
    ],
    [good.replace('endpoint =', 'endpiont ='), /toml:6: providers\[0\]: expected only the keys .*, got "endpiont"/],
    [
      good.replace("block_time = '2s'", "block_time = '2'"),
      /toml:4: chain\.block_time: expected a duration .*, got "2"/
    ],
    [good.replace("block_time = '2s'", "block_time = '1ms'"), /expected a duration from '100ms' to '1h', got "1ms"/],
    [good.replace('00Z', '00'), /toml:3: chain\.genesis: expected a time with its zone .*, got "2025-01-01T00:00:00/],
    [good.replace("'local'", "'Local Net'"), /toml:2: chain\.network: expected 1 to 64 characters/],
    [good.replace('[chain]', '[chian]'), /the file: expected only the keys chain, providers, got "chian"/],
    [good.replace(HEAD, ''), /chain: expected a table \[chain\] with network, genesis and block_time, got undefined/],
    [good.replace('[[providers]]', '[[providers'), /toml:6:\d+: expected TOML: /],
    [`${HEAD}providers = 3`, /chain: expected only the keys network, genesis, block_time, got "providers"/],
    [`providers = 3\n${HEAD}`, /providers: expected a list of SPs, got 3/],
    ['\u0000', /toml:1:1: expected TOML: /]
  ]
  for (const [text, expected] of wrong) {
    await writeFile(file, text)
    await chain.refresh()
    t.equal(chain.registry.list().length, 3)
    t.match(chain.status().alarm, expected)
    t.notMatch(chain.status().alarm, /\n|toml.*toml/)
  }
  await writeFile(file, listOf(sps(4)))
  await chain.refresh()
  t.equal(chain.registry.list().length, 4)
  t.equal(chain.status().alarm, undefined)
})

t.test('static: a file that is wrong at the start is an error of the configuration', async t => {
  const file = join(await folderOf(t), 'providers.toml')
  const chain = staticChain({ file })
  await t.rejects(chain.start(), {
    code: 'ERR_CONFIG',
    message: /providers\.toml: expected a readable SP file, got no such file$/
  })
  await writeFile(file, listOf([sp(1), sp(1)]))
  await t.rejects(chain.start(), {
    exitCode: 2,
    message: /providers\[1\]\.operator_address: expected an SP that is not/
  })
  await writeFile(file, listOf([sp(1)]))
  await chain.start()
  t.equal(chain.registry.list().length, 1)
  await chain.stop()
})

t.test('static: a file dated in the future does not shut out later edits', async t => {
  const file = join(await folderOf(t), 'providers.toml')
  const stateFile = `${file}.state`
  const clock = fakeClock()
  await writeFile(file, listOf(sps(3)))
  const tomorrow = clock.now() / 1_000 + 86_400
  await utimes(file, tomorrow, tomorrow)
  const chain = staticChain({ file, clock, stateFile })
  await chain.start()
  await writeFile(file, listOf(sps(4)))
  await utimes(file, clock.now() / 1_000 + 1, clock.now() / 1_000 + 1)
  await chain.refresh()
  await clock.advance(2_000)
  await chain.refresh()
  t.equal(chain.registry.list().length, 4)
  await chain.stop()
  t.match(JSON.parse(await readFile(stateFile, 'utf8')).list.sps.length, 4)
})

/** A list that a person edits, on a clock that the test moves; each edit is a reading of a still file. */
async function edited(t: Test, clock = fakeClock()) {
  const file = join(await folderOf(t), 'providers.toml')
  const write = async (text: string, at = clock.now()): Promise<void> => {
    await writeFile(file, text)
    await utimes(file, at / 1_000, at / 1_000)
  }
  const settle = async (): Promise<void> => {
    await chain.refresh()
    await clock.advance(2_000)
    await chain.refresh()
  }
  await write(listOf(sps(3)))
  const chain = staticChain({ file, clock, stateFile: `${file}.state` })
  t.teardown(() => chain.stop())
  await chain.start()
  return { chain, clock, file, write, settle }
}

t.test('static: after a wrong edit the last good list stays, however long, and the alarm too', async t => {
  const { chain, clock, file, write, settle } = await edited(t)
  await write(`${listOf(sps(4))}oops = = 1\n`)
  await settle()
  for (let minute = 0; minute < 90; minute++) {
    await clock.advance(60_000)
    await chain.refresh()
    t.equal(chain.registry.list().length, 3)
  }
  t.match(chain.alarms?.list, [{ kind: 'sp-list', message: /expected TOML/, since: clock.now() - 5_400_000 }])
  t.equal(chain.status().listAgeMs, 0)
  await rename(file, `${file}.away`)
  await chain.refresh()
  await clock.advance(601_000)
  await chain.refresh()
  t.throws(() => chain.registry.list(), { message: /601 s old/ }, 'a file that is gone ages')
  t.match(chain.status().alarm, /no such file; the last good one is too old by now: nothing is asked or granted/)
})

t.test('static: a list edited while the clock was ahead does not shut out the edits after it', async t => {
  const { chain, clock, write, settle } = await edited(t)
  const year = 365 * 86_400_000
  clock.setWall(clock.now() + year)
  await write(listOf(sps(4)))
  await settle()
  t.equal(chain.registry.list().length, 4)
  clock.setWall(clock.now() - year)
  await write(listOf(sps(5)))
  await settle()
  t.equal(chain.registry.list().length, 5)
  t.notMatch(chain.status().alarm, /older/)
  await clock.advance(700_000)
  await chain.refresh()
  t.equal(chain.registry.list().length, 5, 'and it is confirmed at each reading')
})

t.test(
  'static: a list edited while the clock was ahead does not shut out one written while the node was down',
  async t => {
    const { chain, clock, file, write, settle } = await edited(t)
    const year = 365 * 86_400_000
    clock.setWall(clock.now() + year)
    await write(listOf(sps(4)))
    await settle()
    await chain.stop()
    clock.setWall(clock.now() - year)
    await write(listOf(sps(5)))
    await clock.advance(600_000)
    const again = staticChain({ file, clock, stateFile: `${file}.state` })
    t.teardown(() => again.stop())
    await again.start()
    t.equal(again.registry.list().length, 5)
  }
)

t.test('static: a list edited while the clock was behind is taken too', async t => {
  const { chain, clock, write, settle } = await edited(t)
  clock.setWall(clock.now() - 86_400_000)
  await write(listOf(sps(4)))
  await settle()
  t.equal(chain.registry.list().length, 4)
})

t.test('static: a list brought back with its old time waits for the operator, who can take it', async t => {
  const { chain, clock, write, settle } = await edited(t)
  await write(listOf(sps(4)), clock.now() - 86_400_000)
  await settle()
  t.equal(chain.registry.list().length, 3)
  t.match(chain.status().alarm, /the list is older than the last one, held back; if it is right: confirmList\(\)/)
  await clock.advance(700_000)
  await chain.refresh()
  t.equal(chain.registry.list().length, 3, 'a file that is held back does not age the list in force')
  chain.confirmList()
  t.equal(chain.registry.list().length, 4)
  await settle()
  t.equal(chain.registry.list().length, 4)
  t.equal(chain.status().alarm, undefined)
})

t.test('static: a list that is written slowly is taken when it has been still, as a whole', async t => {
  const { chain, clock, write } = await edited(t)
  await write(listOf(sps(8)))
  await chain.refresh()
  await clock.advance(2_000)
  await chain.refresh()
  t.equal(chain.registry.list().length, 8)
  const listed = new Set<number>()
  for (let written = 1; written <= 8; written++) {
    await write(listOf(sps(written)))
    for (let poll = 0; poll < 3; poll++) {
      await clock.advance(500)
      await chain.refresh()
      listed.add(chain.registry.list().length)
    }
  }
  t.strictSame([...listed], [8], 'no step of the writer was taken')
})

t.test('static: a list that was just written is taken at once when an operator says so', async t => {
  const { chain, write } = await edited(t)
  await write(listOf(sps(4)))
  await chain.refresh()
  t.equal(chain.registry.list().length, 3)
  await chain.refresh({ asIs: true })
  t.equal(chain.registry.list().length, 4)
  await write(listOf(sps(5)))
  await chain.refresh()
  t.equal(chain.registry.list().length, 4, 'that one time only')
})
