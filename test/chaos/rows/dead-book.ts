import { type BookRecord, createKey, peerIdOf, requireSpAddress } from '../../../src/index.js'
import { entryOf, listed } from '../harness/entries.js'
import { atMost, type Figure, median, reference } from '../harness/figures.js'
import { createSps } from '../harness/network.js'
import type { Row, RowContext } from '../harness/row.js'
import { refusingPort, silentPort } from '../harness/sockets.js'

const LIVE = 8
const MIN = 6
const PER_SP = 32
const ASK = { min: MIN, max: MIN, timeoutMs: 10_000 }

/** A record of a node that was well an hour ago. */
export function wellRecord(sp: string, peerId: BookRecord['peerId'], port: number): BookRecord {
  const seen = Date.now() - 3_600_000
  return {
    peerId,
    sp: requireSpAddress('sp', sp),
    standing: 'verified',
    proven: false,
    source: 'registry',
    addresses: [{ address: `/ip4/127.0.0.1/tcp/${port}`, lastSuccess: seen }],
    rttMs: 5,
    firstSeen: seen - 3_600_000,
    lastSuccess: seen,
    failures: 0,
    lastError: undefined
  }
}

export const deadBook: Row = {
  name: 'dead-book',
  shows: 'a book full of dead nodes delays the start a little and the first ask not at all',
  run
}

/**
 * A book that names 512 nodes, all well when it was written and all dead now: half refuse, half accept and say nothing.
 * Two nodes start in turn, one with this book and one with an empty one; both face the same live SPs.
 */
async function run({ short, say, scope }: RowContext): Promise<Figure[]> {
  const [dead, rounds] = short ? [64, 3] : [512, 11]
  const live = await scope.nodes('live')
  const starting = await scope.worker('starting')
  const [own, ...sps] = createSps(LIVE + 1 + dead / PER_SP)
  if (own === undefined) throw new RangeError('expected an SP')
  const spec = { chain: { kind: 'memory' }, dht: 'off' } as const
  const living = await live.call(
    'start',
    sps.slice(0, LIVE).map(({ operatorKey }, index) => ({ ...spec, id: `live${index}`, operatorKey }))
  )
  const ports = [await refusingPort(), await silentPort(scope)]
  const records = sps
    .slice(LIVE)
    .flatMap(({ address }) =>
      Array.from({ length: PER_SP }, (_, index) =>
        wellRecord(address, peerIdOf(createKey()), ports[index % ports.length] ?? 0)
      )
    )
  // The list names the dead by peer id; where they were is known from the book alone.
  const entries = sps.slice(LIVE).map(({ address }) =>
    listed(
      address,
      records.filter(({ sp }) => sp === address).map(({ peerId }) => ({ peerId, addresses: [] }))
    )
  )
  await starting.call('putEntries', [...living.map(info => entryOf(info)), ...entries, listed(own.address)])
  await live.call('putEntries', [...living.map(info => entryOf(info, { open: true })), listed(own.address)])

  const times = { empty: [] as Start[], full: [] as Start[] }
  for (let round = 0; round <= rounds; round++) {
    for (const arm of round % 2 === 0 ? (['empty', 'full'] as const) : (['full', 'empty'] as const)) {
      const bookDir = await scope.folder()
      await starting.call('fillBook', bookDir, arm === 'full' ? records : [])
      const time = await starting.call('startAndAsk', { ...spec, id: arm, operatorKey: own.operatorKey, bookDir }, ASK)
      await starting.call('stop', [arm])
      // The first round is the process's own warming up.
      if (round > 0) times[arm].push(time)
      if (time.error !== undefined) say(`${arm}: ${time.error}`)
    }
    say(`start ${round} of ${rounds}`)
  }
  const typical = (arm: 'empty' | 'full', of: (start: Start) => number): number => median(times[arm].map(of))
  const [startEmpty, startFull] = [typical('empty', s => s.readyMs), typical('full', s => s.readyMs)]
  const [askEmpty, askFull] = [typical('empty', s => s.askMs), typical('full', s => s.askMs)]
  // Of three starts each, the middle one tells no more than that nothing is far off.
  return [
    reference('empty book: ready after', 'ms', startEmpty),
    reference(`${dead} dead in the book: ready after`, 'ms', startFull),
    atMost(`${dead} dead in the book delay the start by`, 'ms', startFull - startEmpty, 2_000),
    reference('empty book: first ask', 'ms', askEmpty),
    reference(`${dead} dead in the book: first ask`, 'ms', askFull),
    atMost(`first ask with ${dead} dead in the book, against an empty one`, '×', askFull / askEmpty, short ? 3 : 1.3)
  ]
}

interface Start {
  readonly readyMs: number
  readonly askMs: number
}
