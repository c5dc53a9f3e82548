import type { Test } from 'tap'
import type { Height, SpAddress } from '../../src/domain/brands.js'
import { grantKey } from '../../src/domain/grant.js'
import { StoreError } from '../../src/errors.js'
import type { GrantLedger } from '../../src/grants/index.js'
import type { FakeClock } from '../../src/testing/fake-clock.js'
import { A, B, given, pending, request, SPS, START } from './ledger-fixture.js'

export interface LedgerUnderTest {
  /** Started, with `LIMITS`, at `START`, and nothing promised. */
  readonly ledger: GrantLedger
  readonly clock: FakeClock
  /** Another ledger over what this one has written, started, this one stopped. */
  restarted(): Promise<GrantLedger>
}

/** What every ledger must do. */
export function ledgerConformance(t: Test, name: string, make: (t: Test) => Promise<LedgerUnderTest>): void {
  t.test(`${name}: capacity is held before the signature, and a new ask for the object moves it`, async t => {
    const { ledger } = await make(t)
    const first = await pending(ledger, A, '1', 100n)
    t.same(await ledger.totals(), { bytes: 100n, grants: 1 }, 'before the promise is signed')
    t.equal(await ledger.find(A, '1'), undefined, 'no grant yet')
    t.match(await ledger.promise(request(A, '1', 10n)), { outcome: 'busy' }, 'one promise at a time for an object')
    t.match(await first.sign(), { outcome: 'granted', grant: { state: 'live', reservedBytes: 100n } })
    t.match(await ledger.find(A, '1'), { state: 'live', answer: Buffer.from('answer to 1') })
    t.equal(await ledger.find(B, '1'), undefined)

    const larger = await pending(ledger, A, '1', 240n, { nonce: BigInt(START + 1) })
    t.same(await ledger.totals(A), { bytes: 240n, grants: 1 }, 'the old one does not count beside the new one')
    await t.rejects(larger.fail(new Error('no signature')), /no signature/)
    t.same(await ledger.totals(A), { bytes: 100n, grants: 1 }, 'not signed: the old promise stands')

    const smaller = await pending(ledger, A, '1', 30n, { nonce: BigInt(START + 1) })
    t.same(await ledger.totals(A), { bytes: 100n, grants: 1 }, 'the old promise stands until the new one is written')
    t.same(
      await ledger.holdings(A, '1'),
      { totalBytes: 0n, totalGrants: 0, askerBytes: 0n, askerGrants: 0 },
      'what it replaces does not count against it'
    )
    t.match(await ledger.holdings(B, '1'), { totalBytes: 100n, totalGrants: 1, askerBytes: 0n, askerGrants: 0 })
    await smaller.sign()
    t.same(await ledger.totals(A), { bytes: 30n, grants: 1 })
    t.equal(ledger.live, 1)
  })

  t.test(`${name}: each limit refuses with its figures, and nothing is signed`, async t => {
    const { ledger } = await make(t)
    const sign = (): never => t.fail('signed') as never
    const refused = async (reason: RegExp, ...[asker, id, bytes]: [SpAddress, string, bigint]): Promise<void> => {
      t.match(await ledger.promise(request(asker, id, bytes, { sign })), { outcome: 'no-capacity', reason })
    }
    await refused(/share of one asker.*250 allowed/, A, '1', 251n)
    for (const asker of SPS.slice(0, 3)) await given(ledger, asker, '1', 250n)
    await refused(/750 held, 151 asked, 900 usable/, SPS[3] as SpAddress, '1', 151n)
    await given(ledger, SPS[3] as SpAddress, '1', 150n)
    for (const id of ['1', '2', '3', '4']) await given(ledger, SPS[4] as SpAddress, id, 0n)
    await refused(/grants of one asker/, SPS[4] as SpAddress, '5', 0n)
    await given(ledger, A, '1', 250n, { nonce: BigInt(START + 1) })
    t.pass('its own grant is no obstacle')
    await given(ledger, SPS[3] as SpAddress, '2', 0n)
    await given(ledger, SPS[3] as SpAddress, '3', 0n)
    await refused(/grants in all/, A, '2', 0n)
  })

  t.test(`${name}: promises made at the same time stay within the limits together`, async t => {
    const { ledger } = await make(t)
    const results = await Promise.all(
      Array.from({ length: 40 }, (_, n) => ledger.promise(request(SPS[n % 5] as SpAddress, `${n}`, 60n)))
    )
    t.equal(results.filter(result => result.outcome === 'granted').length, 10, 'grants in all')
    t.same(await ledger.totals(), { bytes: 600n, grants: 10 })
  })

  t.test(
    `${name}: an ask is promised once; its nonce is spent for anything else, and so are all before it`,
    async t => {
      const { ledger, restarted } = await make(t)
      const nonce = BigInt(START)
      const key = await given(ledger, A, '1', 100n)
      const grant = await ledger.find(A, '1')
      const sign = (): never => t.fail('signed again') as never
      const spent = async (ledger: GrantLedger): Promise<void> => {
        const same = await ledger.promise(request(A, '1', 100n, { sign }))
        t.match(same, { outcome: 'same', grant: { askDigest: grant?.askDigest, fingerprint: grant?.fingerprint } })
        t.same('grant' in same && Buffer.from(same.grant.answer), Buffer.from(grant?.answer ?? []), 'with its answer')
        const other = await ledger.promise(request(A, '1', 101n, { sign }))
        t.match(other, { outcome: 'mismatch', denial: { code: 'MISMATCH' } }, 'the nonce with other content')
        const wire = await ledger.promise(request(A, '1', 100n, { sign, wire: '1.0.0' }))
        t.match(wire, { outcome: 'mismatch', denial: { code: 'MISMATCH' } }, 'the same on another wire')
        const older = await ledger.promise(request(A, '1', 100n, { sign, nonce: nonce - 1n }))
        t.match(older, { outcome: 'mismatch', denial: { code: 'EXPIRED' } }, 'a nonce before it')
      }
      await spent(ledger)
      await ledger.consume(key)
      await spent(ledger)
      t.match(await ledger.promise(request(B, '1', 1n)), { outcome: 'granted' }, 'other askers have their own')
      t.match(await ledger.promise(request(A, '2', 1n)), { outcome: 'granted' }, 'other objects too')
      const again = await restarted()
      await spent(again)
      t.same(await again.totals(A), { bytes: 1n, grants: 1 })
    }
  )

  t.test(`${name}: an (asker, object) has one live grant, whatever the wire`, async t => {
    const { ledger } = await make(t)
    await given(ledger, A, '1', 100n)
    await given(ledger, A, '1', 50n, { wire: '1.0.0', nonce: BigInt(START + 1) })
    t.match(await ledger.list({ state: 'live' }), [{ wire: '1.0.0', reservedBytes: 50n }])
    t.same(await ledger.totals(), { bytes: 50n, grants: 1 })
  })

  t.test(`${name}: a promise that is not signed holds nothing and leaves the nonce unused`, async t => {
    const { ledger, restarted } = await make(t)
    const sign = () => Promise.reject(new Error('no key'))
    await t.rejects(ledger.promise(request(A, '1', 100n, { sign })), /no key/)
    t.same(await ledger.totals(), { bytes: 0n, grants: 0 })
    t.same(await ledger.list(), [])
    t.match(await ledger.promise(request(A, '1', 101n)), { outcome: 'granted' })
    t.equal((await (await restarted()).find(A, '1'))?.reservedBytes, 101n)
  })

  t.test(`${name}: what is kept of an answer is a copy`, async t => {
    const { ledger } = await make(t)
    const answer = Buffer.from('answer')
    await ledger.promise(request(A, '1', 1n, { sign: async () => answer }))
    answer.fill(0)
    t.same((await ledger.find(A, '1'))?.answer, new Uint8Array(Buffer.from('answer')))
  })

  t.test(`${name}: consumed and released grants hold nothing and stay known`, async t => {
    const { ledger, restarted } = await make(t)
    const one = await given(ledger, A, '1', 100n)
    const two = await given(ledger, A, '2', 100n)
    t.equal((await ledger.consume(one)).state, 'consumed')
    t.equal((await ledger.consume(one)).state, 'consumed', 'twice is once')
    t.equal((await ledger.release(two)).state, 'released')
    await t.rejects(ledger.release(one), /live grant/)
    await t.rejects(ledger.consume('no/such'), /live grant/)
    t.same(await ledger.totals(), { bytes: 0n, grants: 0 })
    t.same(await ledger.list({ state: 'live' }), [])
    t.equal((await ledger.list({ asker: A })).length, 2)
    t.equal((await ledger.list({ asker: B })).length, 0)
    const again = await restarted()
    t.same((await again.list()).map(grant => grant.state).sort(), ['consumed', 'released'], 'after a restart too')
    await given(again, A, '1', 50n, { nonce: BigInt(START + 1) })
    t.same(await again.totals(A), { bytes: 50n, grants: 1 }, 'a new promise for the same object')
  })

  t.test(`${name}: capacity is freed 20 blocks after the height`, async t => {
    const { ledger, clock } = await make(t)
    await given(ledger, A, '1', 100n)
    await ledger.release(await given(ledger, A, '2', 100n))
    t.same(await ledger.sweep(920n as Height), { expired: 0, deleted: 0 }, 'at height + 20 it is still held')
    t.same(await ledger.totals(), { bytes: 100n, grants: 1 })
    t.same(await ledger.sweep(921n as Height), { expired: 1, deleted: 0 })
    t.same(await ledger.totals(), { bytes: 0n, grants: 0 })
    t.equal((await ledger.find(A, '1'))?.state, 'expired')
    await given(ledger, A, '3', 100n, { expiredHeight: 5_000n as Height })
    await clock.advance(3_600_000)
    t.match(await ledger.sweep(4_000n as Height), { expired: 0 }, 'however old, until its height')
    t.same(await ledger.totals(A), { bytes: 100n, grants: 1 })
  })

  t.test(`${name}: a record is forgotten when its ask cannot be fresh by any clock`, async t => {
    const { ledger, clock, restarted } = await make(t)
    await given(ledger, A, '1', 100n)
    await given(ledger, A, '2', 100n)
    await ledger.sweep(921n as Height)
    await clock.advance(720_000)
    t.same(
      await ledger.sweep(921n as Height),
      { expired: 0, deleted: 0 },
      'not before 600 s and the margin have passed'
    )
    t.match(await ledger.promise(request(A, '1', 100n)), { outcome: 'same' })
    await clock.advance(1_000)
    t.same(await ledger.sweep(921n as Height), { expired: 0, deleted: 2 })
    t.equal(await ledger.find(A, '1'), undefined)
    t.same(await (await restarted()).list(), [])
  })

  t.test(`${name}: after a restart the ledger holds what it held`, async t => {
    const { ledger, restarted } = await make(t)
    await given(ledger, A, '1', 100n)
    await ledger.release(await given(ledger, A, '2', 100n))
    await given(ledger, B, '1', 50n)
    const before = await ledger.list()
    const again = await restarted()
    await again.start()
    t.same(await again.totals(), { bytes: 150n, grants: 2 })
    t.same(byKey(await again.list()), byKey(before), 'every field of every grant')
    t.match(await again.holdings(A, '9'), { totalBytes: 150n, askerBytes: 100n })
  })

  t.test(`${name}: a stopped ledger promises and frees nothing, what was not written is not promised`, async t => {
    const { ledger } = await make(t)
    await given(ledger, A, '1', 100n)
    const late = await pending(ledger, A, '2', 100n)
    await ledger.stop()
    t.match(await ledger.promise(request(A, '9', 1n)), { outcome: 'busy' })
    t.same(await ledger.sweep(10_000n as Height), { expired: 0, deleted: 0 })
    await ledger.start()
    t.match(await late.sign(), { outcome: 'busy' }, 'signed when another run has begun')
    t.same(await ledger.totals(), { bytes: 100n, grants: 1 })
    t.equal(await ledger.find(A, '2'), undefined)
  })

  t.test(`${name}: ends of a grant follow each other, whichever is called first counts`, async t => {
    const { ledger } = await make(t)
    const key = await given(ledger, A, '1', 100n)
    const [consumed, released] = await Promise.allSettled([ledger.consume(key), ledger.release(key)])
    t.match(consumed, { status: 'fulfilled', value: { state: 'consumed' } })
    t.equal(released.status, 'rejected')
    t.notOk(released.status === 'rejected' && released.reason instanceof StoreError)
    t.equal((await ledger.find(A, '1'))?.state, 'consumed')
    t.equal(key, grantKey(A, '1'))
  })
}

const byKey = <T extends { readonly key: string; readonly answer: Uint8Array }>(grants: readonly T[]): object[] =>
  grants
    .map(grant => ({ ...grant, answer: Buffer.from(grant.answer).toString('hex') }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
