import t from 'tap'
import { type Guest, givesWay, guestTier } from '../../src/domain/guest.js'
import { changed, newNode } from '../../src/domain/node.js'
import { peer } from '../peers/test-book.js'

t.test('a peer is tied by list, configuration or an approval of our own ask, never by what it says', async t => {
  const heard = newNode(peer('a'), 'inbound', 0)
  t.equal(guestTier(undefined, false), 'stranger')
  t.equal(guestTier(heard, false), 'stranger', 'a hint')
  t.equal(guestTier(undefined, true), 'claimed')
  t.equal(guestTier(changed(heard, { standing: 'claimed' }), false), 'claimed')
  t.equal(guestTier(changed(heard, { standing: 'claimed', proven: true }), false), 'tied')
  t.equal(guestTier(changed(heard, { tied: true }), false), 'tied')
  for (const source of ['bootstrap', 'operator'] as const)
    t.equal(guestTier(newNode(peer('a'), source, 0), false), 'tied')
})

t.test('the oldest of the largest group gives way, and a group makes no room for itself', async t => {
  const guest = (group: string, at: number): Guest => ({ group, at })
  const crowd = [guest('a', 3), guest('a', 1), guest('a', 2), guest('b', 0)]
  t.equal(givesWay(crowd, 'b'), crowd[1])
  t.equal(givesWay(crowd, 'c'), crowd[1], 'a newcomer of a group of its own')
  t.equal(givesWay(crowd, 'a'), undefined)
  t.equal(givesWay([guest('a', 1), guest('b', 2)], 'b'), undefined, 'nor one that is as large as the largest')
  t.equal(givesWay([], 'a'), undefined)
})
