import t from 'tap'
import type { PeerIdString, SpAddress } from '../../../src/domain/brands.js'
import type { PeerRecord } from '../../../src/peers/index.js'
import { DialBackChecks } from '../../../src/protocols/reach/dial-back-checks.js'

const record = (peerId: string, fields: Partial<PeerRecord>) =>
  ({
    peerId: peerId as PeerIdString,
    sp: '0x1' as SpAddress,
    tied: true,
    connected: true,
    standing: 'hint',
    state: 'hint',
    addresses: [{ address: '/ip4/127.0.0.1/tcp/1', lastSuccess: undefined }],
    ...fields
  }) as PeerRecord

const verified = { standing: 'verified', state: 'verified' } as const

t.test('a node of an SP that nobody covers is proven sooner than a further one', async t => {
  const init = { now: 0, connectedAt: () => 0 }
  const nextAt = (...others: PeerRecord[]) =>
    new DialBackChecks(Math.random).wanted([...others, record('new', {})], init).nextAt
  const needed = nextAt()
  t.ok(needed < nextAt(record('old', verified)), 'its sibling is verified')
  t.equal(nextAt(record('old', { ...verified, state: 'zombie' })), needed, 'who is dead covers nobody')
  t.equal(nextAt(record('old', { ...verified, tied: false })), needed, 'nor does who was replaced')
})
