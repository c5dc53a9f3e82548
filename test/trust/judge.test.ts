import t from 'tap'
import type { PeerIdString, SpAddress } from '../../src/domain/brands.js'
import type { SpEntry, SpStatus } from '../../src/domain/registry.js'
import { ChainUnavailableError } from '../../src/errors.js'
import { createTrust, type LegacyMode } from '../../src/trust/index.js'
import { judge } from '../../src/trust/judge.js'

const SP = 'sp' as SpAddress
const [P, Q] = ['p', 'q'] as readonly string[] as readonly [PeerIdString, PeerIdString]

const entry = (nodes: readonly PeerIdString[], status: SpStatus = 'IN_SERVICE'): SpEntry => ({
  operatorAddress: SP,
  approvalAddress: '',
  endpoint: '',
  status,
  nodes: nodes.map(peerId => ({ peerId, addresses: [] }))
})

const of = (listed: SpEntry | undefined, pins?: readonly PeerIdString[], mode: LegacyMode = 'auto') => {
  const { tier, listing, reason, maySpeak } = judge({
    sp: SP,
    peerId: P,
    mode,
    entry: listed,
    pins: pins && new Set(pins)
  })
  return [tier, listing, reason, maySpeak]
}

t.test('a peer that the registry entry or a pin names speaks for its SP, and no other peer does', async t => {
  t.same(of(entry([P])), ['pinned', 'closed', 'named', true])
  t.same(of(entry([]), [P]), ['pinned', 'closed', 'named', true])
  t.same(of(entry([Q]), [P]), ['pinned', 'closed', 'named', true], 'a pin adds to the entry')
  t.same(of(entry([Q])), ['refused', 'closed', 'wrong-peer', false])
  t.same(of(entry([]), [Q]), ['refused', 'closed', 'wrong-peer', false])
  t.same(of(entry([P]), undefined, 'pinned'), ['pinned', 'closed', 'named', true])
})

t.test('an entry without nodes pins nothing: any peer may claim to speak for the SP, under the mode auto', async t => {
  t.same(of(entry([])), ['claimed', 'open', 'open', true])
  t.same(of(entry([]), undefined, 'pinned'), ['refused', 'open', 'wrong-peer', false])
})

t.test('an SP that the configuration pins to nobody is closed', async t => {
  t.same(of(entry([]), []), ['refused', 'closed', 'wrong-peer', false])
  t.same(of(entry([P]), []), ['pinned', 'closed', 'named', true], 'the registry still names its nodes')
})

t.test('under the mode off nobody speaks', async t => {
  t.same(of(entry([P]), [P], 'off'), ['refused', 'closed', 'wrong-peer', false])
  t.same(of(entry([]), undefined, 'off'), ['refused', 'open', 'wrong-peer', false])
})

t.test('only an SP in service may be spoken for; the tier of its peers stays', async t => {
  t.same(of(undefined, [P]), ['refused', 'unlisted', 'not-listed', false])
  t.same(of(entry([P], 'IN_JAILED')), ['pinned', 'closed', 'not-in-service', false])
  t.same(of(entry([], 'GRACEFUL_EXITING')), ['claimed', 'open', 'not-in-service', false])
  t.same(of(entry([Q], 'IN_JAILED')), ['refused', 'closed', 'not-in-service', false])
})

t.test('trust looks the SP up each time, and says when no list is trusted', async t => {
  let listed: SpEntry | undefined = entry([])
  const trust = createTrust({ mode: 'auto', pins: new Map(), entryOf: () => listed })
  t.match(trust.of(SP, P), { sp: SP, tier: 'claimed' })
  t.equal(trust.listing(SP), 'open')
  listed = entry([P])
  t.match(trust.of(SP, P), { tier: 'pinned' })
  t.equal(trust.listing(SP), 'closed')
  const entryOf = (): never => {
    throw new ChainUnavailableError('no list')
  }
  t.throws(() => createTrust({ mode: 'auto', pins: new Map(), entryOf }).of(SP, P), ChainUnavailableError)
})

t.test('a peer of no known SP may turn out to speak for one under the mode auto only', async t => {
  const unknownMaySpeak = (mode: LegacyMode) =>
    createTrust({ mode, pins: new Map(), entryOf: () => undefined }).unknownMaySpeak
  t.same((['auto', 'pinned', 'off'] as const).map(unknownMaySpeak), [true, false, false])
})
