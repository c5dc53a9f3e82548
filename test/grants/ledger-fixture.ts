/** A ledger over a memory store with small limits, and short ways to promise. */
import type { Test } from 'tap'
import type { Height, SpAddress } from '../../src/domain/brands.js'
import type { Grant, GrantLimits } from '../../src/domain/grant.js'
import { createGrantLedger, type GrantLedger, type Hold } from '../../src/grants/index.js'
import type { ApprovalStore } from '../../src/store/index.js'
import { memoryStore } from '../../src/store/memory.js'
import { type FakeClock, fakeClock } from '../../src/testing/fake-clock.js'
import { sampleGrant } from '../store/sample-grant.js'

export const LIMITS: GrantLimits = {
  capacityBytes: 1_000n,
  keepFreeBytes: 100n,
  perAskerPercent: 25n,
  perAskerGrants: 4,
  totalGrants: 10
}
export const SPS = ['0xA', '0xB', '0xC', '0xD', '0xE'] as SpAddress[]
export const [A, B] = SPS as [SpAddress, SpAddress]
export const START = 1_800_000_000

export interface Setup {
  readonly store: ApprovalStore
  readonly clock: FakeClock
  readonly ledger: GrantLedger
}

export async function setup(t: Test, limits: GrantLimits = LIMITS): Promise<Setup> {
  const clock = fakeClock(START * 1_000)
  const store = memoryStore()
  await store.open()
  const ledger = createGrantLedger({ store, limits: () => limits, clock })
  await ledger.start()
  t.teardown(() => ledger.stop())
  return { store, clock, ledger }
}

export const grantOf = (hold: Hold, changes: Partial<Grant> = {}): Grant =>
  sampleGrant(hold.objectId, {
    asker: hold.asker,
    objectId: hold.objectId,
    reservedBytes: hold.bytes,
    expiredHeight: 900n as Height,
    createTime: BigInt(START),
    ...changes
  })

export function held(ledger: GrantLedger, asker: SpAddress, objectId: string, bytes: bigint): Hold {
  const reservation = ledger.reserve(asker, objectId, bytes)
  if (!reservation.ok) throw new Error(reservation.reason)
  return reservation.hold
}

export async function given(
  ledger: GrantLedger,
  asker: SpAddress,
  id: string,
  bytes: bigint,
  changes: Partial<Grant> = {}
) {
  const hold = held(ledger, asker, id, bytes)
  await ledger.commit(hold, grantOf(hold, changes))
  return hold.key
}
