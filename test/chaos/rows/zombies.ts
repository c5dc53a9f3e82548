import { entryOf } from '../harness/entries.js'
import { atLeast, atMost, exactly, type Figure, holds, reference } from '../harness/figures.js'
import { createSps, secondsUntil } from '../harness/network.js'
import type { Row, RowContext } from '../harness/row.js'
import { silentPort } from '../harness/sockets.js'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
/** Jitter of the back-off, and what a step of the clock adds. */
const JITTER = 0.2

export const zombies: Row = {
  name: 'zombies',
  shows: 'a dead node costs three tries, then back-off of half a minute to half an hour',
  run
}

/**
 * Two nodes that were known and well die: the port of one refuses, that of the other accepts and says nothing. Three others live, so that it is
 * not our own network that is down. Every TCP connection to the dead is counted over hours of a clock that is moved.
 */
async function run({ short, say, scope }: RowContext): Promise<Figure[]> {
  const hours = short ? 0.5 : 8
  const watcher = await scope.worker('watcher')
  const healthy = await scope.nodes('living')
  const dying = await scope.worker('dying')
  await watcher.call('watchDials')
  const spec = { chain: { kind: 'memory' }, dht: 'off', pingPeriodMs: 2 * MINUTE, movable: true } as const
  const [own, first, second, ...living] = createSps(6)
  if (own === undefined || first === undefined || second === undefined) throw new RangeError('expected SPs')
  const [a, b] = await dying.call('start', [
    { ...spec, id: 'refusing', operatorKey: first.operatorKey },
    { ...spec, id: 'silent', operatorKey: second.operatorKey }
  ])
  const others = await healthy.call(
    'start',
    living.map(({ operatorKey }, index) => ({ ...spec, id: `living${index}`, operatorKey }))
  )
  const [self] = await watcher.call('start', [{ ...spec, id: 'watcher', operatorKey: own.operatorKey }])
  if (a === undefined || b === undefined || self === undefined) throw new Error('expected nodes')
  const entries = [a, b, ...others, self].map(info => entryOf(info))
  await watcher.call('putEntries', entries)
  // Everyone else finds the others on the list without their nodes, and dials nobody.
  const open = [...[a, b, ...others].map(info => entryOf(info, { open: true })), entryOf(self)]
  for (const worker of [dying, healthy]) await worker.call('putEntries', open)
  await watcher.call('waitForSps', 'watcher', entries.length - 1, 30_000)
  const states = async () => {
    const peers = await watcher.call('peers', 'watcher')
    return [a, b].map(({ peerId }) => peers.find(peer => peer.peerId === peerId)?.state)
  }
  const verified = await secondsUntil(20_000, async () => (await states()).every(state => state === 'verified'))
  if (verified === undefined)
    say(`expected both to be verified before they die, they are ${(await states()).join(', ')}`)

  await dying.kill()
  await silentPort(scope, b.port)
  await watcher.call('takeDials')
  const startedAt = await watcher.call('now')
  say('both died; an hour of the clock takes some seconds')
  await watcher.call('march', 5 * MINUTE, { fineMs: MINUTE / 2 })
  for (let half = 1; half <= 2 * hours; half++) {
    await watcher.call('march', HOUR / 2)
    say(`${half / 2} h of ${hours}: ${(await states()).join(', ')}`)
  }
  const asZombies = await states()
  const dials = await watcher.call('takeDials')
  return [
    exactly(`dead nodes that stand as zombies after ${hours} h`, '', asZombies.filter(s => s === 'zombie').length, 2),
    ...judge(
      'refusing',
      dials.flatMap(dial => (dial.port === a.port ? dial.at - startedAt : [])),
      hours
    ),
    ...judge(
      'silent',
      dials.flatMap(dial => (dial.port === b.port ? dial.at - startedAt : [])),
      hours
    )
  ]
}

/** @param times of the tries, ms after the death */
function judge(kind: string, times: readonly number[], hours: number): Figure[] {
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0))
  // From the first gap of half a minute on it is backed off; the tries before are what it cost to find out.
  const backedOff = gaps.findIndex(gap => gap >= 30 * SECOND * (1 - JITTER))
  const tries = backedOff < 0 ? times.length : backedOff + 1
  const waits = backedOff < 0 ? [] : gaps.slice(backedOff)
  const longest = Math.max(0, ...waits)
  const exact = waits.filter(gap => [30, 60, 120, 240, 480, 960, 1_800].includes(Math.round(gap / SECOND)))
  return [
    atMost(`${kind}: tries until it is left alone`, '', tries, 3),
    atLeast(`${kind}: shortest pause after that`, 's', Math.min(...waits) / SECOND, 30 * (1 - JITTER)),
    atMost(`${kind}: longest pause after that`, 'min', longest / MINUTE, 30 * (1 + JITTER) + 1),
    // Doubling from 30 s, the pauses are of eight minutes after a quarter of an hour, of half an hour after one.
    atLeast(`${kind}: longest pause in ${hours} h`, 'min', longest / MINUTE, hours > 1 ? 30 * (1 - JITTER) : 4),
    reference(`${kind}: tries in ${hours} h`, '', times.length),
    holds(`${kind}: pauses are jittered`, 'not all whole powers', waits.length > 0 && exact.length < waits.length)
  ]
}
