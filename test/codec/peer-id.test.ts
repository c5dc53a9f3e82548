import { peerIdFromString } from '@libp2p/peer-id'
import t from 'tap'
import { parsePeerId, readPeerId } from '../../src/codec/peer-id.js'
import { createKey, peerIdOf } from '../../src/identity/keys.js'

t.test('a peer id read twice is one object, the same that libp2p reads', async t => {
  const text = peerIdOf(createKey())
  t.ok(readPeerId(text).equals(peerIdFromString(text)))
  t.equal(readPeerId(text), readPeerId(text))
  const cid = peerIdFromString(text).toCID().toString()
  t.equal(parsePeerId(cid), text, 'another spelling of it is the same peer')
})

t.test('what is none is refused each time', async t => {
  for (const text of ['', 'nonsense', '16Uiu2HAm', `16Uiu2HA${'1'.repeat(45)}`, 'x'.repeat(10_000)]) {
    for (let round = 0; round < 2; round++) {
      t.equal(parsePeerId(text), undefined)
      t.throws(() => readPeerId(text))
    }
  }
})
