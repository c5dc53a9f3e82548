import t from 'tap'
import { isPermanent, isZombie, type Standing, stateOf } from '../../src/domain/node.js'

const ZOMBIE_AFTER = 3

t.test('a node is what it has shown of itself, then failing, then a zombie', t => {
  const states = (standing: Standing) => [0, 1, 2, 3, 4].map(failures => stateOf({ standing, failures }, ZOMBIE_AFTER))
  t.same(states('verified'), ['verified', 'failing', 'failing', 'zombie', 'zombie'])
  t.same(states('claimed'), ['claimed', 'failing', 'failing', 'zombie', 'zombie'])
  t.same(states('hint'), ['hint', 'hint', 'hint', 'hint', 'hint'], 'what was only heard of has no health')
  t.end()
})

t.test('a zombie is a node that stopped answering, never one that was only heard of', t => {
  t.equal(isZombie({ standing: 'verified', failures: 3 }, ZOMBIE_AFTER), true)
  t.equal(isZombie({ standing: 'verified', failures: 2 }, ZOMBIE_AFTER), false)
  t.equal(isZombie({ standing: 'hint', failures: 99 }, ZOMBIE_AFTER), false)
  t.end()
})

t.test(
  'permanent is a node that is verified, and a claimed node that brought a valid approval of our own fresh ask',
  t => {
    t.equal(isPermanent({ standing: 'verified', proven: false }), true)
    t.equal(isPermanent({ standing: 'claimed', proven: true }), true)
    t.equal(isPermanent({ standing: 'claimed', proven: false }), false, 'a ping or pong alone is one replayable blob')
    t.equal(isPermanent({ standing: 'hint', proven: false }), false)
    t.end()
  }
)
