import fc from 'fast-check'
import t from 'tap'
import { type HeightStep, type HeightTrack, newTrack, readHeight } from '../../src/domain/height-track.js'

const BLOCK_MS = 2_000
const DAY_MS = 86_400_000
const DAY = BigInt(DAY_MS / BLOCK_MS)

/** A node whose heights come from its wall clock, as those of a static list do. */
function nodeAt(startMs: number) {
  let track: HeightTrack = newTrack()
  let monotonic = 0
  let wall = startMs
  let readWall = wall
  return {
    get height() {
      return track.line?.value
    },
    /** Time passes, the wall clock says so too. */
    pass(ms: number) {
      monotonic += ms
      wall += ms
    },
    leap(ms: number) {
      wall += ms
    },
    /** Stopped and started again with what was stored. */
    restart() {
      const { line, stored, gaps } = track
      track = newTrack(line === undefined ? stored : { value: line.value, at: readWall }, gaps)
    },
    read(value = BigInt(Math.floor(wall / BLOCK_MS))): HeightStep {
      const step = readHeight(track, { value, wall, monotonic, minBlockTimeMs: BLOCK_MS, isCounted: true })
      track = step.track
      if (step.outcome !== 'reject') readWall = wall
      return step
    }
  }
}

t.test('readings gain no more than elapsed time and one slack explain, however often they come', t => {
  const seed = Date.now() & 0x7fffffff
  t.comment(`seed ${seed}`)
  const steps = fc.array(fc.record({ ms: fc.integer({ min: 0, max: 5_000 }), up: fc.bigInt({ min: 0n, max: 60n }) }), {
    minLength: 1,
    maxLength: 200
  })
  fc.assert(
    fc.property(steps, schedule => {
      const node = nodeAt(1_000 * DAY_MS)
      const first = 43_200_000n
      node.read(first)
      let elapsed = 0
      for (const { ms, up } of schedule) {
        node.pass(ms)
        elapsed += ms
        node.read((node.height ?? 0n) + up)
        const most = first + BigInt(Math.ceil(elapsed / BLOCK_MS)) + 20n
        if ((node.height ?? 0n) > most) throw new Error(`${node.height} after ${elapsed} ms, at most ${most}`)
      }
    }),
    { seed, numRuns: 2_000 }
  )
  t.end()
})

t.test('a chain at its own pace is believed all the time, and a burst of it too', async t => {
  const node = nodeAt(DAY_MS)
  for (let round = 0; round < 5_000; round++) {
    node.pass(700)
    t.equal(node.read().outcome, 'accept')
  }
  const height = node.height ?? 0n
  t.equal(node.read(height + 20n).outcome, 'accept')
  t.match(node.read(height + 21n), { outcome: 'reject', reason: /jumped from \d+ to \d+, at most \d+ was possible/ })
  node.pass(BLOCK_MS)
  t.equal(node.read(height + 21n).outcome, 'accept', 'the slack comes back with time')
})

t.test('a clock that leaps while the node runs is not followed, and is right again at once', async t => {
  for (const leap of [3_600_000, DAY_MS, 365 * DAY_MS, -3_600_000, -DAY_MS, -365 * DAY_MS]) {
    const node = nodeAt(1_000 * DAY_MS)
    node.read()
    node.pass(20 * 60_000)
    node.read()
    node.leap(leap)
    for (let round = 0; round < 10; round++) {
      node.pass(2_000)
      t.equal(node.read().outcome, 'reject')
    }
    node.leap(-leap)
    node.pass(2_000)
    t.equal(node.read().outcome, 'accept', `${leap}`)
  }
})

t.test('a node that was started while its clock was wrong follows the clock when that is put right', async t => {
  for (const leap of [10 * 60_000, DAY_MS, 365 * DAY_MS, -60_000, -DAY_MS, -365 * DAY_MS]) {
    for (const restarts of [1, 2, 3]) {
      const node = nodeAt(1_000 * DAY_MS)
      node.read()
      node.pass(20 * 60_000)
      node.read()
      node.leap(leap)
      for (let run = 0; run < restarts; run++) {
        node.pass(3_000)
        node.restart()
        node.read()
        node.pass(60_000)
        node.read()
      }
      node.leap(-leap)
      for (let poll = 0; poll < 2; poll++) {
        node.read()
        node.pass(2_000)
      }
      t.not(node.read().outcome, 'reject', `leap of ${leap} ms, ${restarts} restarts`)
    }
  }
})

t.test('a height that a restart skipped is believed only when the source stays there', async t => {
  const node = nodeAt(1_000 * DAY_MS)
  node.read()
  node.pass(DAY_MS)
  node.restart()
  node.read()
  const height = node.height ?? 0n
  node.pass(2_000)
  t.equal(node.read(height - 1_000n).outcome, 'reject')
  node.pass(2_000)
  t.equal(node.read().outcome, 'accept', 'one bad value drags nothing down')
  node.pass(2_000)
  t.equal(node.read(height - 1_000n).outcome, 'reject')
  node.pass(2_000)
  t.equal(node.read(height - 999n).outcome, 'accept')
  node.pass(2_000)
  t.equal(node.read().outcome, 'accept', 'and back')
  t.equal(node.read(height - DAY).outcome, 'reject', 'what was seen before the restart does not come again')
})

t.test('a stored time from a clock that was ahead says nothing', async t => {
  const wall = 1_000 * DAY_MS
  const stored = { value: 1_000n, at: wall + 365 * DAY_MS }
  const reading = { wall, monotonic: 0, minBlockTimeMs: BLOCK_MS, isCounted: false }
  t.equal(readHeight(newTrack(stored), { ...reading, value: 1_000n + DAY }).outcome, 'accept')
  t.equal(readHeight(newTrack(stored), { ...reading, value: 1_000n + 400n * DAY }).outcome, 'reject')
  const right = { value: 1_000n, at: wall - 60_000 }
  t.equal(readHeight(newTrack(right), { ...reading, value: 1_000n + DAY }).outcome, 'reject')
})

t.test('a chain that is read over the network does not go back, whatever a restart skipped', async t => {
  const reading = { minBlockTimeMs: 500, isCounted: false, wall: 1_000 * DAY_MS }
  const first = readHeight(newTrack({ value: 1_000n, at: 999 * DAY_MS }), { ...reading, value: 9_000n, monotonic: 0 })
  t.equal(first.outcome, 'accept')
  let track = first.track
  for (let monotonic = 2_000; monotonic < 60_000; monotonic += 2_000) {
    const step = readHeight(track, { ...reading, value: 5_000n, monotonic })
    t.match(step, { outcome: 'reject', reason: 'height went back from 9000 to 5000' })
    track = step.track
  }
  t.match(readHeight(track, { ...reading, value: 9_500n, monotonic: 60_000 }), { outcome: 'reject', reason: /jumped/ })
  t.equal(readHeight(track, { ...reading, value: 9_030n, monotonic: 60_000 }).outcome, 'accept')
})
