import { entryOf, listed } from '../harness/entries.js'
import { atMost, exactly, type Figure, reference } from '../harness/figures.js'
import { createSps, pause, secondsUntil } from '../harness/network.js'
import type { NodeSpec } from '../harness/nodes.js'
import type { Row, RowContext } from '../harness/row.js'
import { refusingPort } from '../harness/sockets.js'
import { fullBook } from './full-book.js'

const WEEK_MS = 7 * 86_400_000
const GOAL_SECONDS = 5

export const restart: Row = {
  name: 'restart',
  shows: 'the book brings a node back after a week, and among hundreds of dead',
  async run(context) {
    const week = await afterAWeek(context)
    await context.scope.close()
    return [...week, ...(await fullBook(context))]
  }
}

/**
 * A node learns the network and stops. A week of its and their clock later its bootstrap entry is dead and the list names
 * peer ids without addresses: only its book knows where anybody is.
 */
async function afterAWeek({ short, say, scope }: RowContext): Promise<Figure[]> {
  const count = short ? 6 : 20
  const crowd = await scope.nodes('crowd')
  const worker = await scope.nodes('returning')
  const bookDir = await scope.folder()
  const [own, ...sps] = createSps(count + 1)
  if (own === undefined) throw new RangeError('expected an SP')
  const spec = { chain: { kind: 'memory' }, movable: true } as const
  const nodes = await crowd.call(
    'start',
    sps.map(({ operatorKey }, index) => ({ ...spec, id: `sp${index}`, operatorKey }))
  )
  await crowd.call('putEntries', [...nodes.map(info => entryOf(info, { open: true })), listed(own.address)])
  await worker.call('putEntries', [...nodes.map(info => entryOf(info)), listed(own.address)])

  const self: NodeSpec = { ...spec, id: 'returning', operatorKey: own.operatorKey, bookDir }
  await worker.call('start', [{ ...self, bootstrap: nodes.slice(0, 1).map(({ bootstrap }) => bootstrap) }])
  const learnt = await secondsUntil(30_000, async () => {
    const [coverage] = await worker.call('coverage')
    return coverage?.verified === count && coverage.reachable === count
  })
  say(learnt === undefined ? 'it did not come to know every SP' : `it knows every SP after ${learnt.toFixed(1)} s`)
  await worker.call('stop', ['returning'])

  say('a week passes')
  for (const each of [crowd, worker]) await each.call('advance', WEEK_MS)
  // What a week of timers set off all at once is no part of the start.
  await pause(short ? 500 : 3_000)
  await worker.call('dropEntries')
  await worker.call('putEntries', [
    ...nodes.map(({ sp, peerId }) => listed(sp, [{ peerId, addresses: [] }])),
    listed(own.address)
  ])
  const begun = performance.now()
  const gone = `${nodes[0]?.peerId}@127.0.0.1:${await refusingPort()}`
  await worker.call('start', [{ ...self, bootstrap: [gone] }])
  const named = (await worker.call('peers', 'returning')).filter(({ standing }) => standing === 'verified').length
  const back = await worker.call('waitForSps', 'returning', count, 60_000).then(
    () => (performance.now() - begun) / 1_000,
    () => Number.POSITIVE_INFINITY
  )
  const asked = await worker.call('ask', 'returning', { min: count, max: count, timeoutMs: 10_000 })
  if (!asked.ok) say(`asking all: ${asked.error}`)
  return [
    exactly('after a week: nodes that the book still names as verified', '', named, count),
    atMost(`after a week: back with all ${count} live SPs after`, 's', back, GOAL_SECONDS),
    exactly(`after a week: approvals of an ask of all`, '', asked.approved, count),
    reference('after a week: that ask took', 'ms', asked.ms)
  ]
}
