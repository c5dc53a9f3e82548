import { multiaddr } from '@multiformats/multiaddr'
import t from 'tap'
import { MAX_RECORDS, ProviderRecords } from '../../../src/protocols/dht/records.js'
import { fakeClock } from '../../../src/testing/fake-clock.js'

type Key = Parameters<ProviderRecords['put']>[0]
const SELF = 'self'
const HOUR_MS = 60 * 60_000
const ADDRESS = multiaddr('/ip4/8.8.8.8/tcp/9933')
const NODE = { id: Uint8Array.of(1), multiaddrs: [ADDRESS.bytes] }
const key = (name: string): Key => ({ toString: () => name }) as Key
const group = (sp: string): string => `/dht/provider/${sp}`

function make() {
  const clock = fakeClock()
  const records = new ProviderRecords({ clock, self: SELF })
  /** A peer of an address block, or a tied one, says that it is a node of the SP. */
  const tell = (sp: string, provider: string, block?: string): void =>
    records.add({ group: group(sp), provider, block, node: NODE })
  const providers = (sp: string): readonly string[] => records.providersOf(group(sp))
  return { clock, records, tell, providers }
}

t.test('records are bounded in all, per SP and per node', t => {
  const { records, tell, providers } = make()
  for (let n = 0; n < 1_000; n++) tell('one', `sybil${n}`, `block${n}`)
  t.equal(providers('one').length, 64)
  for (let n = 0; n < 100; n++) tell(`many${n}`, 'busy', 'elsewhere')
  t.equal(records.size, 68, 'four of the busy one')
  for (let n = 0; n < 10_000; n++) tell(`sp${n % 500}`, `node${n}`, `block${n}`)
  t.equal(records.size, MAX_RECORDS)
  tell('late', 'newcomer', 'another')
  t.same(providers('late'), ['newcomer'])
  t.equal(records.size, MAX_RECORDS)
  t.end()
})

t.test('the address block that has most gives way, in all and in the records of one SP', t => {
  const { records, tell, providers } = make()
  tell('quiet', 'honest', 'home')
  tell('asked', 'honest', 'home')
  for (let n = 0; n < 10_000; n++) tell(`invented${n}`, `sybil${n}`, 'crowd')
  for (let n = 0; n < 1_000; n++) tell('asked', `liar${n}`, 'crowd')
  t.equal(records.size, MAX_RECORDS)
  t.same(providers('quiet'), ['honest'])
  t.ok(providers('asked').includes('honest'))
  t.equal(providers('asked').length, 64)
  t.end()
})

t.test('records of tied nodes give way to those of tied nodes alone', t => {
  const { records, tell, providers } = make()
  for (let n = 0; n < 64; n++) tell('own', `tied${n}`)
  tell('own', 'claimed', 'block')
  t.equal(providers('own').includes('claimed'), false)
  for (let n = 0; n < 20_000; n++) tell(`sp${n}`, `sybil${n}`, `block${n}`)
  t.equal(providers('own').length, 64)
  t.equal(records.size, MAX_RECORDS)
  tell('own', 'another')
  t.same(
    providers('own').filter(name => name === 'another' || name === 'tied0'),
    ['another'],
    'the one told longest ago made room'
  )
  for (let n = 0; n < 5_000; n++) tell(`listed${n}`, `node${n}`)
  t.equal(records.size, MAX_RECORDS)
  t.same(providers('listed4999'), ['node4999'])
  t.end()
})

t.test('a record dies unless it is renewed, and nothing stays of one that nobody asks for', async t => {
  const { clock, records, tell, providers } = make()
  for (let n = 0; n < 10; n++) tell('one', `node${n}`, `block${n}`)
  await clock.advance(HOUR_MS / 2)
  tell('one', 'node3', 'block3')
  t.equal(providers('one').length, 10, 'renewed, it is still one')
  await clock.advance(HOUR_MS / 2 + 1)
  for (let n = 0; n < 5; n++) tell('two', `new${n}`, 'elsewhere')
  t.equal(records.size, 6, 'nine are forgotten as others come')
  t.same(providers('one'), ['node3'])
  t.same([records.nodeOf('node3'), `${records.addressesOf('node3')}`], [NODE, `${ADDRESS}`])
  t.same(records.addressesOf('node4'), [], 'with its last record')
  await clock.advance(HOUR_MS + 1)
  t.same([providers('one'), providers('two'), records.size], [[], [], 0])
})

t.test('kad-dht keeps our own record, and goes through no others', t => {
  const { records, tell, providers } = make()
  const own = key(`${group('ours')}/${SELF}`)
  const value = Uint8Array.of(1)
  records.put(own, value)
  t.same(records.get(own), value)
  for (const name of [`${group('ours')}/somebody`, '/dht/record/value', group('ours')]) records.put(key(name), value)
  records.put(key(`${group('big')}/${SELF}`), new Uint8Array(65))
  t.equal(records.size, 1)
  tell('ours', 'sibling', 'block')
  t.same(providers('ours'), [SELF, 'sibling'])
  t.equal([...records.query({ prefix: group('ours') })].length, 2)
  t.same([...records.query({ prefix: '/dht/provider' })], [], 'each peer id would be parsed, all in one turn')
  records.delete(own)
  t.throws(() => records.get(own), { name: 'NotFoundError' })
  t.end()
})
