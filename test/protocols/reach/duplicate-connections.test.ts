import type { Connection } from '@libp2p/interface'
import t from 'tap'
import type { PeerIdString } from '../../../src/domain/brands.js'
import { DuplicateConnections } from '../../../src/protocols/reach/duplicate-connections.js'
import { fakeClock } from '../../../src/testing/fake-clock.js'

/** Two nodes and what connects them: each side sees the same connections, the other way round. */
function twoNodes() {
  const clock = fakeClock()
  const open: { id: string; by: 'a' | 'b'; status: string; streams: unknown[] }[] = []
  const seenBy = (self: 'a' | 'b'): Connection[] =>
    open
      .filter(({ status }) => status === 'open')
      .map(
        one =>
          views.get(`${self}${one.id}`) ??
          remember(`${self}${one.id}`, {
            id: one.id,
            remotePeer: { toString: () => (self === 'a' ? 'b' : 'a') },
            direction: one.by === self ? 'outbound' : 'inbound',
            get status() {
              return one.status
            },
            get streams() {
              return one.streams
            },
            close: async () => {
              one.status = 'closed'
            }
          } as unknown as Connection)
      )
  const views = new Map<string, Connection>()
  const remember = (key: string, view: Connection): Connection => {
    views.set(key, view)
    return view
  }
  const side = (self: 'a' | 'b'): DuplicateConnections =>
    new DuplicateConnections({ self: self as PeerIdString, connections: () => seenBy(self), clock })
  const sides = { a: side('a'), b: side('b') }
  return {
    clock,
    sides,
    dial(by: 'a' | 'b', options: { readonly only?: 'a' | 'b' } = {}) {
      const one = { id: String(open.length), by, status: 'open', streams: [] as unknown[] }
      open.push(one)
      for (const side of ['a', 'b'] as const) {
        if (options.only !== undefined && options.only !== side) continue
        const view = seenBy(side).find(({ id }) => id === one.id)
        if (view !== undefined) sides[side].opened(view)
      }
      return one
    },
    left: () => open.filter(({ status }) => status === 'open').map(({ by }) => by)
  }
}

t.test('of two connections that crossed the one stays that the lesser peer id opened', async t => {
  for (const [first, second] of [
    ['a', 'b'],
    ['b', 'a']
  ] as const) {
    const { clock, dial, left } = twoNodes()
    dial(first)
    dial(second)
    await clock.advance(1_900)
    t.equal(left().length, 2, 'not before both sides have identified each other')
    await clock.advance(60_000)
    t.same(left(), ['a'])
  }
})

t.test('whoever proves an address, and whatever runs over a connection, one of them is left', async t => {
  for (const prover of ['a', 'b'] as const) {
    for (const busyMs of [0, 5_000, 11_500]) {
      const { clock, dial, left } = twoNodes()
      const first = dial(prover === 'a' ? 'b' : 'a')
      await clock.advance(3_000)
      const proof = dial(prover)
      for (const one of [first, proof]) one.streams.push({})
      await clock.advance(busyMs)
      for (const one of [first, proof]) one.streams.pop()
      await clock.advance(60_000)
      t.equal(left().length, 1, `${prover} proves, busy for ${busyMs} ms`)
    }
  }
})

t.test('a peer that ends nothing is left with one all the same, where we dialled it too', async t => {
  const { clock, dial, left } = twoNodes()
  dial('b', { only: 'a' })
  dial('a', { only: 'a' })
  await clock.advance(14_000)
  t.equal(left().length, 2)
  await clock.advance(2_000)
  t.same(left(), ['b'])
})

t.test('nothing is left behind when it stops', async t => {
  const { clock, sides, dial, left } = twoNodes()
  dial('a')
  dial('b')
  for (const side of [sides.a, sides.b]) side.stop()
  await clock.advance(60_000)
  t.equal(left().length, 2)
})
