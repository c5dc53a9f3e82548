import '../../../src/protocols/patches/with-resolvers.js'
import fc from 'fast-check'
import t from 'tap'
import { retryDelayMs } from '../../../src/domain/backoff.js'
import type { PeerIdString } from '../../../src/index.js'
import { sharedAbort } from '../../../src/kit/abort.js'
import type { Answer } from './fake-host.js'
import { keptRecord, mostPerSecond, peerIds, reach } from './fixture.js'

const { signal } = sharedAbort()
const START_MS = 6_000
const JITTER = 0.2
const ZOMBIE_AFTER = 3

interface Node {
  readonly answer: Answer
  /** Failures in a row that the book knows of. */
  readonly failures: number
}

/** What is looked for where fewer than three SPs are out of reach, so that nothing looks like a partition. */
const books = fc.record({
  sps: fc.array(
    fc.array(
      fc.record({
        answer: fc.constantFrom<Answer>('ok', 'refuse', 'silent', 'mute'),
        failures: fc.constantFrom(0, 0, 1, 3, 5)
      }),
      { minLength: 1, maxLength: 6 }
    ),
    { minLength: 3, maxLength: 24 }
  ),
  /** SPs of which every node is dead; each other one has a node that lives. */
  dead: fc.integer({ min: 0, max: 2 }),
  /** Nodes that asks want, whatever the plan says: thirty at once. */
  asks: fc.array(fc.nat(), { maxLength: 120 }),
  /** SPs that lose all their connections, one after another. */
  lost: fc.array(fc.nat(), { maxLength: 4 })
})

t.test('whatever the book holds, dials keep budget and back-off, and no SP waits', async t => {
  await fc.assert(
    fc.asyncProperty(books, async ({ sps, dead, asks, lost }) => {
      const nodesOf = sps.map((nodes, n): readonly Node[] =>
        n < dead
          ? nodes.map(node => ({ ...node, answer: node.answer === 'ok' ? 'refuse' : node.answer }))
          : [{ answer: 'ok', failures: 0 }, ...nodes]
      )
      const ids = peerIds(nodesOf.flat().length)
      let next = 0
      const idsOf = nodesOf.map(nodes => nodes.map(() => ids[next++] as PeerIdString))
      const facts = new Map(idsOf.flatMap((own, n) => own.map((id, at) => [id, nodesOf[n]?.[at] as Node] as const)))
      const run = reach(t, {
        sps: idsOf,
        book: {
          nodes: idsOf.flatMap((own, n) => own.map(id => keptRecord(id, n, facts.get(id)?.failures ?? 0))),
          blocked: []
        },
        answer: id => facts.get(id)?.answer ?? 'refuse',
        random: Math.random
      })
      const { clock, dials, keeper } = run
      const isTried = (own: readonly PeerIdString[], from: number, to: number): boolean =>
        dials.some(({ peerId, at }) => own.includes(peerId) && at >= from && at <= to)
      const isReached = (own: readonly PeerIdString[]): boolean => own.some(id => run.connected.has(id))

      await clock.advance(START_MS + 10_000)
      for (const own of idsOf) if (!isTried(own, 0, 1_000)) return false
      for (const own of idsOf.slice(dead)) if (!isReached(own)) return false
      for (const [index, ask] of asks.entries()) {
        keeper.connect(ids[ask % ids.length] as PeerIdString, { signal }).catch(() => undefined)
        if (index % 30 === 29) await clock.advance(500)
      }
      for (const n of lost) {
        const own = idsOf[dead + (n % (idsOf.length - dead))] ?? []
        await clock.advance(12_000)
        const from = clock.monotonic()
        for (const id of own) run.drop(id)
        await clock.advance(2_000)
        if (!isTried(own, from, from + 1_000) || !isReached(own)) return false
      }
      await clock.advance(60_000)
      return mostPerSecond(dials, START_MS) <= 20 && [...facts].every(([id, node]) => keepsBackOff(id, node, dials))
    }),
    { numRuns: 25, endOnFailure: true }
  )
  t.pass('25 books')
})

/** Between two dials of a node that never answers lies its back-off; what the book knew at the start counts. */
function keepsBackOff(id: PeerIdString, { answer, failures }: Node, dials: readonly { peerId: string; at: number }[]) {
  if (answer === 'ok') return true
  const times = dials.filter(({ peerId }) => peerId === id).map(({ at }) => at)
  return times.every((at, index) => {
    const before = times[index - 1]
    const least = retryDelayMs(failures + index, ZOMBIE_AFTER, 0.5) * (1 - JITTER)
    return before === undefined || at - before >= least
  })
}
