import t from 'tap'
import { carriesNothing, type SilenceFacts } from '../../src/domain/silence.js'

const dead: SilenceFacts = { unanswered: 3, silentMs: 15_000, connectedMs: 60_000 }

t.test('a connection carries nothing once three interactions and fifteen seconds passed without an answer', async t => {
  t.ok(carriesNothing(dead))
  t.notOk(carriesNothing({ ...dead, unanswered: 2 }), 'two may be lost')
  t.notOk(carriesNothing({ ...dead, silentMs: 14_999 }), 'three may fail within one bad moment')
})

t.test('it says nothing of a node that never answered over it', async t => {
  t.notOk(carriesNothing({ ...dead, connectedMs: 15_000 }))
  t.notOk(carriesNothing({ ...dead, connectedMs: 15_999 }))
  t.ok(carriesNothing({ ...dead, connectedMs: 16_000 }))
})
