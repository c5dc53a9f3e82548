import t, { type Test } from 'tap'
import { NotRunningError } from '../../../src/errors.js'
import { listPolicy } from '../../../src/policy/list-policy.js'
import type { ApproverDeps } from '../../../src/protocols/granting/approver.js'
import { memoryStore } from '../../../src/store/memory.js'
import { type FakeClock, fakeClock } from '../../../src/testing/fake-clock.js'
import { until } from '../../support/awaited.js'
import { approve, approverFixture, ask, type Fixture, NOW, sp } from './approver-fixture.js'

const never = <T>(): Promise<T> => new Promise(() => undefined)

/** A function of the embedder's that never decides, guarded as every function is. */
function hanging(): { readonly clock: FakeClock; readonly policy: ApproverDeps['policy'] } {
  const clock = fakeClock(Number(NOW) * 1_000)
  return { clock, policy: listPolicy([() => never()], { clock }) }
}

/** Nothing is reserved, promised or signed, and no timer runs. */
async function nothingIsLeft(t: Test, f: Fixture, clock: FakeClock): Promise<void> {
  t.equal(clock.pending, 0, 'no timer')
  t.same(await f.ledger.totals(), { bytes: 0n, grants: 0 }, 'no reservation')
}

t.test('a policy function that never decides leaves nothing behind once the stop is over', async t => {
  const { clock, policy } = hanging()
  const f = await approverFixture({ clock, policy })
  const idle = clock.pending
  const answers = Promise.all([ask(1), ask(1, { createTime: NOW + 1n }), ask(2)].map(one => f.answer(one)))
  const explained = t.rejects(f.approver.explain(ask(3).task, sp(3)), NotRunningError)
  await until(() => clock.pending === idle + 3, 'three bounds')
  await f.approver.stop({ signal: AbortSignal.abort() })
  t.same(
    f.decisions.map(({ decision }) => 'code' in decision && decision.code),
    Array(3).fill('SHUTTING_DOWN')
  )
  t.same(await answers, [undefined, undefined, undefined], 'no answer is pending')
  await explained
  await nothingIsLeft(t, f, clock)
  t.equal(f.state.signatures, 0)
})

t.test('a policy that decides after the stop decides nothing', async t => {
  const f = await approverFixture()
  let decided = (): void => undefined
  f.state.decide = () => new Promise(resolve => (decided = () => resolve(approve)))
  const answering = f.answer(ask(1))
  await until(() => f.state.policies > 0, 'the policy to be asked')
  await f.approver.stop({ signal: AbortSignal.abort() })
  t.equal(await answering, undefined)
  decided()
  await new Promise(resolve => setImmediate(resolve))
  t.equal(f.state.signatures, 0)
  t.same(await f.store.loadGrants(), [])
  await nothingIsLeft(t, f, f.clock)
})

t.test('a signer that never answers leaves neither timer nor reservation once the stop is over', async t => {
  const clock = fakeClock(Number(NOW) * 1_000)
  const f = await approverFixture({ clock })
  f.state.sign = () => never()
  const answering = f.answer(ask(1))
  await until(() => f.state.signatures > 0, 'the signer to be asked')
  await f.approver.stop({ signal: AbortSignal.abort() })
  t.equal(await answering, undefined)
  t.equal(f.last(), 'SHUTTING_DOWN')
  await nothingIsLeft(t, f, clock)
})

t.test('a promise that is being written when the bound passes is kept and not sent', async t => {
  const store = memoryStore()
  let written = (): void => undefined
  const writing = new Promise<void>(begun => {
    const put = store.putGrant.bind(store)
    store.putGrant = async grant => {
      begun()
      await new Promise<void>(resolve => (written = resolve))
      await put(grant)
    }
  })
  const f = await approverFixture({}, store)
  const answering = f.answer(ask(1))
  await writing
  const stopped = f.approver.stop({ signal: AbortSignal.abort() })
  written()
  await stopped
  t.equal(await answering, undefined)
  t.equal((await f.ledger.find(sp(1), '1'))?.state, 'live')
})
