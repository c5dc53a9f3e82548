import fc from 'fast-check'
import t from 'tap'
import { type ApprovalResult, AskCancelledError, InsufficientApprovalError } from '../../../src/index.js'
import { type Answer, type AskerFixture, askerFixture, HEIGHT } from './asker-fixture.js'

const SPS = 8
const TIMEOUT_MS = 1_000
const HEDGE_AFTER_MS = 250
/** No sibling is asked sooner than this after the node before it, unless that one refused. */
const SOONEST_HEDGE_MS = 20
const NODES_PER_ASK = 3

/** One to four nodes: the fourth is never asked. */
const nodesOf = (n: number): number => (n % 4) + 1

type Step =
  | { readonly do: 'answer'; readonly sp: number; readonly node: number }
  | { readonly do: 'forged' | 'altered' | 'too-short' | 'wrong-peer' | 'unlisted' | 'ourselves'; readonly sp: number }
  | { readonly do: 'delist'; readonly sp: number }
  | { readonly do: 'time'; readonly ms: number }
  | { readonly do: 'cancel' | 'height-down' | 'height-up' }

const sp = fc.integer({ min: 1, max: SPS })
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: fc.record({ do: fc.constant('answer' as const), sp, node: fc.nat(3) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom('forged', 'altered', 'too-short', 'wrong-peer', 'unlisted', 'ourselves'),
      sp
    }) as fc.Arbitrary<Step>
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delist' as const), sp }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('time' as const), ms: fc.nat(700) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom('cancel' as const, 'height-down' as const, 'height-up' as const) })
  }
)

/** A node by its SP and its place in the SP's line. */
const nodeName = (n: number, k: number): string => `${n}/${k}`
const NAMES = Array.from({ length: SPS * 4 }, (_, i) => nodeName((i >> 2) + 1, i & 3))

/**
 * What must be true, told without the implementation: who has promised, how the ask ends, and between which bounds the
 * siblings of silent SPs are asked.
 */
class Model {
  readonly counted = new Set<number>()
  readonly delisted = new Set<number>()
  readonly waiting: Set<number>
  /** When the SP's answer counted first, though it left the list later. */
  readonly answeredAt = new Map<number, number>()
  heightKnown = true
  now = 0
  #endedAt: number | undefined
  ended: 'approved' | 'insufficient' | 'cancelled' | undefined

  constructor(
    readonly min: number,
    readonly max: number,
    readonly unreachable: ReadonlySet<string>
  ) {
    const all = Array.from({ length: SPS }, (_, i) => i + 1)
    // An SP can answer as long as one of the nodes that may be asked can be reached, whenever its turn comes.
    this.waiting = new Set(all.filter(n => this.line(n).includes(true)))
    this.#judge()
    if (this.ended !== undefined) this.#endedAt = 0
  }

  /** Whether each node that may be asked can be reached, in order. */
  line(n: number): boolean[] {
    const asked = Math.min(nodesOf(n), NODES_PER_ASK)
    return Array.from({ length: asked }, (_, k) => !this.unreachable.has(nodeName(n, k)))
  }

  /** ms from the call; the deadline where nothing ended it before. */
  get endedAt(): number {
    return this.#endedAt ?? TIMEOUT_MS
  }

  take(event: Step): void {
    if (this.ended !== undefined) return
    this.#take(event)
    if (this.ended !== undefined) this.#endedAt = Math.min(this.now, TIMEOUT_MS)
  }

  #take(event: Step): void {
    if (event.do === 'cancel') this.ended = 'cancelled'
    else if (event.do === 'height-down') this.heightKnown = false
    else if (event.do === 'height-up') this.heightKnown = true
    else if (event.do === 'delist') this.delisted.add(event.sp)
    else if (event.do === 'time') {
      this.now += event.ms
      if (this.now >= TIMEOUT_MS) this.#close()
    } else if (event.do === 'answer' && this.heightKnown && !this.delisted.has(event.sp)) {
      this.waiting.delete(event.sp)
      this.counted.add(event.sp)
      if (!this.answeredAt.has(event.sp)) this.answeredAt.set(event.sp, this.now)
      this.#judge()
    }
  }

  #judge(): void {
    if (this.counted.size >= this.max || this.waiting.size === 0) this.#dropDelisted()
    if (this.counted.size >= this.max) this.ended = 'approved'
    else if (this.waiting.size === 0) this.#close()
  }

  #dropDelisted(): void {
    for (const n of this.delisted) this.counted.delete(n)
  }

  #close(): void {
    this.#dropDelisted()
    this.ended = this.counted.size >= this.min ? 'approved' : 'insufficient'
  }
}

/** Nodes asked when so many were given time: each of them, and those before it that refused at once. */
function askedAfter(line: readonly boolean[], given: number): number {
  let asked = 0
  for (let left = given; left > 0 && asked < line.length; asked++) if (line[asked] === true) left--
  return asked
}

t.test('asks end as the model says, whatever comes in whatever order', async t => {
  const seed = Date.now() & 0x7fffffff
  t.comment(`seed ${seed}`)
  let schedules = 0
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.nat(4),
      fc.subarray(NAMES),
      fc.array(step, { maxLength: 30 }),
      async (min, more, dead, steps) => {
        schedules++
        await runSchedule(min, min + more, new Set(dead), steps)
      }
    ),
    { seed, numRuns: 10_000 }
  )
  t.equal(schedules, 10_000)
})

async function runSchedule(min: number, max: number, dead: ReadonlySet<string>, steps: readonly Step[]): Promise<void> {
  const fixture = await askerFixture(SPS, { hedgeAfterMs: HEDGE_AFTER_MS }, nodesOf)
  for (const name of dead) {
    const [n, k] = name.split('/').map(Number)
    fixture.unreachable.add(fixture.node(n as number, k))
  }
  const canceller = new AbortController()
  const asked = fixture.asker.ask(fixture.task(), { min, max, timeoutMs: TIMEOUT_MS, signal: canceller.signal }).then(
    (result: ApprovalResult) => ({ kind: 'approved' as const, result }),
    (error: unknown) => ({ kind: 'error' as const, error })
  )
  await fixture.clock.advance(0)
  await fixture.clock.advance(0)
  const model = new Model(min, max, dead)
  for (const event of steps) {
    await play(fixture, event, canceller)
    model.take(event)
  }
  await fixture.clock.advance(TIMEOUT_MS)
  model.take({ do: 'time', ms: TIMEOUT_MS })
  const outcome = await asked
  check(outcome, model, fixture)
  checkSends(model, fixture)
}

/** In order, each once, no sooner and no later than it may be, and none once the SP has answered or the ask is over. */
function checkSends(model: Model, { sent, sentAt, node }: AskerFixture): void {
  expectEqual('sends', new Set(sent).size, sent.length)
  for (let n = 1; n <= SPS; n++) {
    const line = model.line(n)
    const times = line.map((_, k) => sentAt.get(node(n, k))).filter(at => at !== undefined)
    expectEqual(`the fourth node of SP ${n}`, sentAt.has(node(n, NODES_PER_ASK)), false)
    const until = model.answeredAt.get(n) ?? model.endedAt
    const fewest = askedAfter(line, Math.max(1, Math.ceil(until / HEDGE_AFTER_MS)))
    expectEqual(`nodes of SP ${n}, at least ${fewest}: ${times.length}`, times.length >= fewest, true)
    for (const [k, at] of times.entries()) {
      expectEqual(`node ${k} of SP ${n} in its turn`, sentAt.get(node(n, k)), at)
      expectEqual(`node ${k} of SP ${n} at ${at}, before ${until}`, at <= until, true)
      const before = times[k - 1]
      if (before === undefined) expectEqual('the first', at, 0)
      else if (line[k - 1] === false) expectEqual(`node ${k} after a refusal`, at, before)
      else expectEqual(`node ${k} at ${at} after ${before}`, at - before >= SOONEST_HEDGE_MS, true)
    }
  }
}

async function play(fixture: AskerFixture, event: Step, canceller: AbortController): Promise<void> {
  switch (event.do) {
    case 'time':
      await fixture.clock.advance(event.ms)
      break
    case 'cancel':
      canceller.abort()
      break
    case 'height-down':
      fixture.state.height = undefined
      break
    case 'height-up':
      fixture.state.height = HEIGHT
      break
    case 'delist':
      fixture.entries.delete(fixture.sp(event.sp))
      break
    default:
      fixture.answered(answerFor(fixture, event))
  }
}

function answerFor(fixture: AskerFixture, event: Extract<Step, { sp: number }>): Answer {
  const good = fixture.answer(event.sp)
  if (event.do === 'answer') return { ...good, from: fixture.node(event.sp, event.node % nodesOf(event.sp)) }
  switch (event.do) {
    case 'forged':
      return fixture.answer(event.sp, {
        approvedSignature: fixture.answer((event.sp % SPS) + 1).task.approvedSignature
      })
    case 'altered': {
      const { objectInfo } = good.task
      if (objectInfo === undefined) throw new Error('expected an object')
      return { ...good, task: { ...good.task, objectInfo: { ...objectInfo, payloadSize: 5n } } }
    }
    case 'too-short':
      return fixture.answer(event.sp, {}, HEIGHT + 99n)
    case 'wrong-peer':
      return { ...good, from: fixture.node((event.sp % SPS) + 1) }
    case 'unlisted':
      return fixture.answer(event.sp, { approvedSpOperatorAddress: `0x${'11'.repeat(20)}` })
    case 'ourselves':
      return fixture.answer(event.sp, { approvedSpOperatorAddress: fixture.sp(0) })
    default:
      return good
  }
}

type Outcome =
  | { readonly kind: 'approved'; readonly result: ApprovalResult }
  | { readonly kind: 'error'; readonly error: unknown }

function check(outcome: Outcome, model: Model, fixture: AskerFixture): void {
  const { asker: _, queue, history, resources, clock } = fixture
  const ended =
    outcome.kind === 'approved'
      ? 'approved'
      : outcome.error instanceof InsufficientApprovalError
        ? 'insufficient'
        : outcome.error instanceof AskCancelledError
          ? 'cancelled'
          : String(outcome.error)
  expectEqual('outcome', ended, model.ended)
  expectEqual('end, ms', history.query('')[0]?.report?.elapsedMs, model.endedAt)
  expectEqual('queue', queue.size, 0)
  expectEqual('history', history.query('').length, 1)
  expectEqual('timers', clock.pending, 0)
  for (const scope of resources.scopes()) {
    for (const [name, held] of Object.entries(scope.usage())) expectEqual(`${scope.name}/${name}`, held, 0)
  }
  if (outcome.kind !== 'approved') return
  const sps = outcome.result.approvals.map(approval => approval.sp)
  expectEqual('distinct SPs', new Set(sps).size, sps.length)
  expectEqual('approvals', sps.sort().join(), [...model.counted].map(fixture.sp).sort().join())
  for (const task of outcome.result.tasks) {
    expectEqual('endpoint', task.approvedSpEndpoint.startsWith('https://sp'), true)
    expectEqual('payload', task.objectInfo?.payloadSize, 1n << 20n)
  }
}

function expectEqual(what: string, got: unknown, expected: unknown): void {
  if (got !== expected) throw new Error(`${what}: expected ${String(expected)}, got ${String(got)}`)
}
