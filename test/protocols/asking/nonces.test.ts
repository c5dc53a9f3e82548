import fc from 'fast-check'
import t from 'tap'
import { ASK_FRESH_SECONDS } from '../../../src/constants.js'
import { type AskIdentity, judgeNonce } from '../../../src/domain/ask-identity.js'
import { newestFresh, secondsOf } from '../../../src/domain/create-time.js'
import { Nonces } from '../../../src/protocols/asking/nonces.js'
import { memoryStore } from '../../../src/store/memory.js'
import { AskTooSoonError } from '../../../src/task-record.js'
import { fakeClock } from '../../../src/testing/fake-clock.js'

const START_MS = 1_800_000_000_000
const YEAR_S = 365 * 86_400
const SIGNAL = new AbortController().signal

/** A node that asks, its disk, and another SP's node that judges its asks by a clock of its own. */
async function twoNodes() {
  const clock = fakeClock(START_MS)
  const store = memoryStore()
  await store.open()
  const decided = new Map<string, AskIdentity>()
  const rightNow = (): number => START_MS + clock.monotonic()
  let approverAhead = 0
  let nonces = new Nonces(store, clock)
  await nonces.start()

  const stamp = async (id: string, withinMs = 60_000): Promise<bigint | AskTooSoonError> => {
    let done: bigint | AskTooSoonError | undefined
    const stamped = nonces.stamp(id, { signal: SIGNAL, withinMs }).then(
      time => {
        done = time
      },
      (error: unknown) => {
        if (!(error instanceof AskTooSoonError)) throw error
        done = error
      }
    )
    await clock.advance(0)
    while (done === undefined) await clock.advance(100)
    await stamped
    return done
  }
  /** Whether the other node grants it: fresh by its clock, and later than what it granted before. */
  const isGranted = (id: string, nonce: bigint): boolean => {
    const now = rightNow() + approverAhead * 1_000
    const away = nonce - secondsOf(now)
    if (away > BigInt(ASK_FRESH_SECONDS) || -away > BigInt(ASK_FRESH_SECONDS)) return false
    const ask: AskIdentity = { wire: '0.0.1', nonce, askDigest: `${id}/${nonce}` }
    if (judgeNonce(ask, [decided.get(id)], newestFresh(now, ASK_FRESH_SECONDS)) !== 'new') return false
    decided.set(id, ask)
    return true
  }
  return {
    clock,
    store,
    stamp,
    rightNow,
    /** `false`: silent. */
    ask: async (id: string): Promise<boolean | AskTooSoonError> => {
      const stamped = await stamp(id)
      return stamped instanceof AskTooSoonError ? stamped : isGranted(id, stamped)
    },
    isAhead: (seconds: number) => clock.setWall(rightNow() + seconds * 1_000),
    approverIsAhead: (seconds: number) => {
      approverAhead = seconds
    },
    restart: async () => {
      nonces = new Nonces(store, clock)
      await nonces.start()
    },
    alarm: () => nonces.alarm()
  }
}

type Nodes = Awaited<ReturnType<typeof twoNodes>>

/** Asks as a caller does who waits as long as it is told to; ms until it was granted. */
async function msUntilGranted({ ask, clock }: Nodes, id: string): Promise<number> {
  const begun = clock.monotonic()
  for (;;) {
    const answer = await ask(id)
    if (answer === true) return clock.monotonic() - begun
    if (clock.monotonic() - begun > 10_000) return Number.POSITIVE_INFINITY
    await clock.advance(answer === false ? 1_000 : (answer.retryAfterMs ?? 0))
  }
}

t.test('after an ask while the clock was a year ahead every object is granted again at once', async t => {
  const nodes = await twoNodes()
  nodes.isAhead(YEAR_S)
  t.equal(await nodes.ask('1'), false)
  nodes.isAhead(0)
  t.ok((await msUntilGranted(nodes, '1')) <= 3_000, 'the object that was asked for')
  t.equal(await nodes.ask('2'), true, 'another one')
  t.match(nodes.alarm(), /^create times of our asks ran up to 3153\d{4} s ahead of our clock/, 'what doctor says')
  await nodes.restart()
  for (const id of ['1', '2', '3']) t.ok((await msUntilGranted(nodes, id)) <= 3_000, `${id} after a restart`)
})

t.test('an ask whose create time costs more than half of its time is told at once when to come', async t => {
  const nodes = await twoNodes()
  nodes.isAhead(601)
  await nodes.ask('1')
  nodes.isAhead(0)
  const begun = nodes.clock.monotonic()
  const { code, retryAfterMs = 0 } = (await nodes.stamp('1', 1)) as AskTooSoonError
  t.equal(code, 'ERR_ASK_TOO_SOON')
  t.ok(retryAfterMs > 1_000 && retryAfterMs <= 3_000, `${retryAfterMs} ms`)
  t.match(await nodes.stamp('1', retryAfterMs + 500), { code }, 'half a second is too little for answers')
  t.equal(nodes.clock.monotonic(), begun, 'neither waited')
  t.type(await nodes.stamp('1', 2 * retryAfterMs), 'bigint', 'with twice the wait it is taken')
})

t.test('ten minutes after the start the next ask ends the alarm of a clock that was ahead', async t => {
  const nodes = await twoNodes()
  nodes.isAhead(YEAR_S)
  await nodes.ask('1')
  nodes.isAhead(0)
  await nodes.restart()
  t.match(nodes.alarm(), /^create times of our asks ran up to 3153/)
  await nodes.clock.advance(603_000)
  t.equal(await nodes.ask('1'), true)
  t.equal(nodes.alarm(), undefined)
  await nodes.restart()
  t.equal(await nodes.stamp('1'), secondsOf(nodes.rightNow()) + 3n, 'and the next start is like any other')
})

t.test('605 asks of one object in four seconds end in a clear error with a wait, and others go on', async t => {
  const nodes = await twoNodes()
  const answers: (boolean | AskTooSoonError)[] = []
  for (let n = 0; n < 605; n++) {
    answers.push(await nodes.ask('1'))
    await nodes.clock.advance(6)
  }
  t.equal(answers.filter(answer => answer === false).length, 0, 'none was silent')
  const last = answers.at(-1)
  t.ok(last instanceof AskTooSoonError, 'the last one was refused here')
  t.match(last, { code: 'ERR_ASK_TOO_SOON', httpStatus: 429, message: /^object 1: its create times run 30\d s ahead/ })
  t.ok((await msUntilGranted(nodes, '1')) <= 1_000, 'and is taken after the wait that it names')
  t.equal(await nodes.ask('2'), true)
  await nodes.restart()
  t.equal(await nodes.ask('1'), true)
  t.equal(await nodes.ask('2'), true)
})

for (const { asker, both, restarts } of [
  { asker: 613, both: 16, restarts: false },
  { asker: 1_211, both: 14, restarts: true },
  { asker: 1_099, both: 500, restarts: false },
  { asker: YEAR_S, both: 500, restarts: true }
]) {
  t.test(
    `what was granted while both clocks were ${both} s ahead, ours ${asker} s before, outlasts our restarts`,
    async t => {
      const nodes = await twoNodes()
      nodes.isAhead(asker)
      for (let n = 0; n < 2; n++) await nodes.ask('1')
      nodes.isAhead(both)
      nodes.approverIsAhead(both)
      t.ok((await msUntilGranted(nodes, '1')) <= 5_000, 'while both are ahead')
      if (restarts) await nodes.restart()
      await nodes.clock.advance(610_000)
      nodes.isAhead(-YEAR_S)
      await nodes.ask('1')
      await nodes.restart()
      nodes.isAhead(0)
      nodes.approverIsAhead(0)
      for (const id of ['1', '2']) t.ok((await msUntilGranted(nodes, id)) <= 3_000, id)
    }
  )
}

const leap = fc.oneof(
  fc.integer({ min: -YEAR_S, max: YEAR_S }),
  fc.integer({ min: -700, max: 700 }),
  fc.constantFrom(-YEAR_S, -3_600, -601, 0, 0, 1, 299, 300, 301, 595, 598, 599, 600, 601, 605, 3_600, YEAR_S)
)
const step = fc.oneof(
  fc.record({ do: fc.constant('leap' as const), of: fc.constantFrom('asker', 'approver', 'both'), seconds: leap }),
  fc.record({
    do: fc.constant('ask' as const),
    id: fc.constantFrom('1', '2', '3'),
    times: fc.constantFrom(1, 1, 2, 7, 320)
  }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(0, 10, 900, 4_000, 61_000, 599_000, 610_000) }),
  fc.record({ do: fc.constant('restart' as const) })
)

t.test('whatever the clocks did, an honest ask is granted at most five seconds after they are right', async t => {
  const seed = Date.now()
  t.comment(`seed ${seed}`)
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async steps => {
      const nodes = await twoNodes()
      for (const one of steps) {
        if (one.do === 'restart') await nodes.restart()
        else if (one.do === 'wait') await nodes.clock.advance(one.ms)
        else if (one.do === 'ask') for (let n = 0; n < one.times; n++) await nodes.ask(one.id)
        else {
          if (one.of !== 'approver') nodes.isAhead(one.seconds)
          if (one.of !== 'asker') nodes.approverIsAhead(one.seconds)
        }
      }
      nodes.isAhead(0)
      nodes.approverIsAhead(0)
      for (const id of ['1', '2', '3']) {
        const ms = await msUntilGranted(nodes, id)
        if (ms > 5_000) throw new Error(`object ${id}: granted after ${ms} ms`)
      }
    }),
    { seed, numRuns: 300 }
  )
})
