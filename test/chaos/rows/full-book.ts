import { createKey, peerIdOf } from '../../../src/index.js'
import { entryOf, listed } from '../harness/entries.js'
import { atMost, exactly, type Figure, reference } from '../harness/figures.js'
import { createSps } from '../harness/network.js'
import type { RowContext } from '../harness/row.js'
import { refusingPort, silentPort } from '../harness/sockets.js'
import { wellRecord } from './dead-book.js'

const MIN = 6
const READY_MS = 2_000
const FIRST_ASK_MS = 5_000

/** A restart with a book of 512 nodes of 16 SPs, each with as many that live as died meanwhile. */
export async function fullBook({ short, say, scope }: RowContext): Promise<Figure[]> {
  const [count, livePerSp] = short ? [6, 2] : [16, 16]
  const halves = await Promise.all((short ? ['a'] : ['a', 'b']).map(name => scope.nodes(`live-${name}`)))
  const worker = await scope.nodes('restarting')
  const [own, ...sps] = createSps(count + 1)
  if (own === undefined) throw new RangeError('expected an SP')
  const spec = { chain: { kind: 'memory' }, dht: 'off' } as const
  const all = 2 * count * livePerSp
  say(`starting the ${all / 2} that live`)
  const live = await Promise.all(
    halves.map((half, index) =>
      half.call(
        'start',
        sps
          .filter((_, sp) => sp % halves.length === index)
          .flatMap(({ operatorKey }, sp) =>
            Array.from({ length: livePerSp }, (_, node) => ({ ...spec, id: `sp${index}-${sp}-${node}`, operatorKey }))
          )
      )
    )
  )
  const infos = live.flat()
  for (const half of halves) {
    await half.call('putEntries', [...sps.map(({ address }) => listed(address)), listed(own.address)])
  }
  const ports = [await refusingPort(), await silentPort(scope)]
  const dead = sps.flatMap(({ address }) =>
    Array.from({ length: livePerSp }, (_, index) =>
      wellRecord(address, peerIdOf(createKey()), ports[index % ports.length] ?? 0)
    )
  )
  const records = [
    ...infos.map(({ sp, peerId, port }) => wellRecord(sp, peerId as (typeof dead)[number]['peerId'], port))
  ]
  const bookDir = await scope.folder()
  await worker.call('fillBook', bookDir, [...dead, ...records])
  await worker.call('putEntries', [
    listed(own.address),
    ...sps.map(({ address }) => {
      const living = infos.filter(({ sp }) => sp === address).map(info => entryOf(info).nodes)
      const gone = dead.filter(({ sp }) => sp === address).map(({ peerId }) => ({ peerId, addresses: [] }))
      return listed(address, [...living.flat().map(({ peerId }) => ({ peerId, addresses: [] })), ...gone])
    })
  ])
  const ask = { min: MIN, max: MIN, timeoutMs: 10_000 }
  const time = await worker.call('startAndAsk', { ...spec, id: 'node', operatorKey: own.operatorKey, bookDir }, ask)
  if (time.error !== undefined) say(`first ask: ${time.error}`)
  const known = await worker.call('peers', 'node')
  return [
    exactly(`${all} peers, half dead: known after the start`, '', known.length, all),
    atMost(`${all} peers, half dead: ready after`, 'ms', time.readyMs, READY_MS),
    reference(`${all} peers, half dead: first ask takes`, 'ms', time.askMs),
    atMost(
      `${all} peers, half dead: first ask answered after`,
      'ms',
      time.error === undefined ? time.readyMs + time.askMs : Number.POSITIVE_INFINITY,
      FIRST_ASK_MS
    )
  ]
}
