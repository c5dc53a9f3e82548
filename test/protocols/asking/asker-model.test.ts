import fc from 'fast-check'
import t from 'tap'
import { type ApprovalResult, AskCancelledError, InsufficientApprovalError } from '../../../src/index.js'
import type { InboundTask } from '../../../src/protocols/wire.js'
import { type AskerFixture, askerFixture, HEIGHT } from './asker-fixture.js'

const SPS = 8
const TIMEOUT_MS = 1_000

type Step =
  | { readonly do: 'answer'; readonly sp: number }
  | { readonly do: 'forged' | 'altered' | 'too-short' | 'wrong-peer' | 'unlisted' | 'ourselves'; readonly sp: number }
  | { readonly do: 'delist'; readonly sp: number }
  | { readonly do: 'time'; readonly ms: number }
  | { readonly do: 'cancel' | 'height-down' | 'height-up' }

const sp = fc.integer({ min: 1, max: SPS })
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: fc.record({ do: fc.constant('answer' as const), sp }) },
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

/** What must be true, told without the implementation: who has promised, and how the ask ends. */
class Model {
  readonly counted = new Set<number>()
  readonly delisted = new Set<number>()
  readonly waiting: Set<number>
  heightKnown = true
  now = 0
  ended: 'approved' | 'insufficient' | 'cancelled' | undefined

  constructor(
    readonly min: number,
    readonly max: number,
    unreachable: ReadonlySet<number>
  ) {
    this.waiting = new Set(Array.from({ length: SPS }, (_, i) => i + 1).filter(n => !unreachable.has(n)))
    this.#judge()
  }

  take(event: Step): void {
    if (this.ended !== undefined) return
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

t.test('asks end as the model says, whatever comes in whatever order', async t => {
  const seed = Date.now() & 0x7fffffff
  t.comment(`seed ${seed}`)
  let schedules = 0
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.nat(4),
      fc.uniqueArray(sp, { maxLength: 4 }),
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

async function runSchedule(min: number, max: number, dead: ReadonlySet<number>, steps: readonly Step[]): Promise<void> {
  const fixture = await askerFixture(SPS)
  for (const n of dead) fixture.unreachable.add(fixture.node(n))
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
      fixture.asker.answered(answerFor(fixture, event))
  }
}

function answerFor(fixture: AskerFixture, event: Extract<Step, { sp: number }>): InboundTask {
  const good = fixture.answer(event.sp)
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
  expectEqual('queue', queue.size, 0)
  expectEqual('history', history.size, 1)
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
