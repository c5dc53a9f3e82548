import t from 'tap'
import type { PeerIdString, SpAddress } from '../../src/domain/brands.js'
import { type Node, newNode } from '../../src/domain/node.js'
import * as become from '../../src/domain/node-transitions.js'

const [A, B] = ['sp-a', 'sp-b'] as readonly string[] as readonly [SpAddress, SpAddress]
const node = (facts: Partial<Node> = {}): Node =>
  Object.freeze({ ...newNode('peer' as PeerIdString, 'registry', 0), ...facts })

t.test('a node that answers is healthy at once, and the address of the dial comes first', async t => {
  const failing = node({ failures: 4, unanswered: 6, lastError: 'refused', hinted: [{ teller: 't', address: 'lie' }] })
  t.match(become.answered(failing, { now: 9 }), {
    failures: 0,
    unanswered: 0,
    lastError: undefined,
    lastSuccess: 9,
    hinted: [{ address: 'lie' }]
  })
  t.match(become.answered(failing, { now: 9, dialled: 'x' }), {
    addresses: [{ address: 'x', lastSuccess: 9 }],
    hinted: []
  })
})

t.test('one slow round trip does not make a node look far away', async t => {
  const near = become.answered(node(), { now: 1, rttMs: 10 })
  t.equal(near.rttMs, 10)
  t.equal(become.answered(near, { now: 2, rttMs: 50 }).rttMs, 20)
  t.equal(become.answered(near, { now: 2 }).rttMs, 10)
})

t.test('a failure turns the addresses of a node that is away, and counts only once that is judged', async t => {
  const addresses = ['one', 'two'].map(address => ({ address, lastSuccess: undefined }))
  t.match(become.unanswered(node({ addresses }), 'refused', false), {
    failures: 0,
    unanswered: 1,
    lastError: 'refused',
    addresses: [{ address: 'two' }, { address: 'one' }]
  })
  t.same(become.unanswered(node({ addresses }), 'no pong', true).addresses, addresses)
  t.equal(become.failed(node({ failures: 1 }), 2).failures, 3)
})

t.test('a verified node follows its SP where there is a slot, and starts again where there is none', async t => {
  const verified = node({ sp: A, standing: 'verified', tied: true })
  t.match(
    become.tied(verified, B, [], () => true),
    { sp: B, standing: 'verified', tied: true }
  )
  t.match(
    become.tied(verified, B, [], () => false),
    { sp: B, standing: 'hint', tied: true }
  )
  const claimed = node({ sp: A, standing: 'claimed', proven: true })
  t.match(
    become.tied(claimed, B, [], () => true),
    { sp: B, standing: 'hint', proven: false },
    'a proof was for its SP'
  )
  t.match(
    become.tied(claimed, A, [], () => true),
    { standing: 'claimed', proven: true, tied: true }
  )
})

t.test('a node that loses its slot keeps its SP only where something ties it', async t => {
  const verified = node({ sp: A, standing: 'verified', tied: true })
  t.match(become.lowered(verified), { sp: A, standing: 'hint' })
  t.match(become.lowered({ ...verified, tied: false }), { sp: undefined, standing: 'hint' })
})

t.test('a node that nothing names any more keeps its addresses and loses SP, standing and failures', async t => {
  const proven = node({ sp: A, standing: 'claimed', proven: true, failures: 3 })
  t.match(become.unnamed(proven, ['own']), {
    sp: undefined,
    standing: 'hint',
    proven: false,
    failures: 0,
    addresses: [{ address: 'own' }]
  })
})

t.test('a configured node stays an operator’s where an operator added it', async t => {
  t.equal(become.configured(node()).source, 'bootstrap')
  t.equal(become.configured(node({ source: 'operator' })).source, 'operator')
  t.equal(become.added(node({ source: 'pong' }), 'x').source, 'operator')
  t.equal(become.added(node({ source: 'bootstrap' }), 'x').source, 'bootstrap')
})

t.test('what changes nothing gives the same node', async t => {
  const tied = node({ sp: A, tied: true, source: 'bootstrap', hintedSp: A, named: ['x'] })
  t.equal(
    become.tied(tied, A, ['x'], () => true),
    tied
  )
  t.equal(become.named(tied, ['x']), tied)
  t.equal(become.configured(tied), tied)
  t.equal(become.heard(tied), tied)
  t.equal(become.saidToBeOf(tied, B), tied, 'the first word about its SP stays')
  t.equal(become.untied(node()).tied, false)
})
