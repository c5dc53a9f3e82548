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
    const costOf = (sps: number): number => {
      const large = bookOf(sps)
      const began = performance.now()
      expire(large, () => false)
      return performance.now() - began
    }
    // The least of some runs: others have a collection of garbage or another process in them.
    const leastOf = (sps: number): number => Math.min(...Array.from({ length: 7 }, () => costOf(sps)))
    const [small, large] = [leastOf(1_000), leastOf(10_000)]
    t.ok(large < 40 * Math.max(1, small), `${small} ms for 1,000 SPs, ${large} ms for 10,000`)
  }
)
