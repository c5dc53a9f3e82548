import t from 'tap'
import { type Book, emptyBook, expire } from '../../src/coordinator/book.js'
import type { PeerIdString, SpAddress } from '../../src/domain/brands.js'

/** As many SPs with a node each; the book does not look into its names. */
function bookOf(sps: number): Book {
  const members = new Map<SpAddress, NonNullable<ReturnType<Book['members']['get']>>>()
  for (let n = 0; n < sps; n++) {
    const operatorAddress = `sp-${n}` as SpAddress
    const nodes = [{ peerId: `peer-${n}` as PeerIdString, addresses: [] }]
    const entry = { operatorAddress, approvalAddress: '', endpoint: '', status: 'IN_SERVICE' as const, nodes }
    members.set(operatorAddress, { ...entry, reachable: true, serial: 1, standing: 'listed', proven: {} })
  }
  return { ...emptyBook, members }
}

/** Entries that are written into maps, copies included, while it runs. A count, since a time depends on the machine. */
function setsOf(run: () => void): number {
  const { set } = Map.prototype
  let sets = 0
  Map.prototype.set = function (key: unknown, value: unknown) {
    sets++
    return set.call(this, key, value)
  }
  try {
    run()
  } finally {
    Map.prototype.set = set
  }
  return sets
}

t.test(
  'leases that all run out at once are one change, whose cost grows with the list and not with its square',
  async t => {
    const book = expire(bookOf(3), () => false)
    t.strictSame(
      [...book.members.values()].map(member => member.reachable),
      [false, false, false]
    )
    t.equal(book.sequence, 1n)
    t.equal(
      expire(book, () => false),
      book,
      'nothing has changed'
    )
    t.equal(expire(book, peerId => peerId === 'peer-1').sequence, 2n)
    const sps = 1_000
    const large = bookOf(sps)
    const sets = setsOf(() => void expire(large, () => false))
    t.ok(sets <= 2 * sps, `${sets} entries written for ${sps} SPs: one copy of the list, and what has changed`)
  }
)
