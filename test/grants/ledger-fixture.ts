/** Ledgers with small limits, and short ways to promise. */
import { hash } from 'node:crypto'
import type { Test } from 'tap'
import type { Height, SpAddress } from '../../src/domain/brands.js'
import { type GrantLimits, grantKey } from '../../src/domain/grant.js'
import { createGrantLedger, type GrantLedger, type PromiseRequest, type PromiseResult } from '../../src/grants/index.js'
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

export async function setup(
  t: Test,
  { limits = LIMITS, store = memoryStore() }: { limits?: GrantLimits; store?: ApprovalStore } = {}
): Promise<Setup> {
  const clock = fakeClock(START * 1_000)
  await store.open()
  const ledger = createGrantLedger({ store, limits: () => limits, clock })
  await ledger.start()
  t.teardown(async () => {
    await ledger.stop()
    await store.close()
  })
  return { store, clock, ledger }
}

/** Asks for `bytes`, until height 900. What it asks is its digest: nonce and size. */
export function request(
  asker: SpAddress,
  objectId: string,
  bytes: bigint,
  changes: Partial<PromiseRequest> = {}
): PromiseRequest {
  const nonce = changes.nonce ?? BigInt(START)
  const askDigest = hash('sha256', `${nonce} ${bytes}`)
  const { taskKey, wire, answer } = sampleGrant(objectId)
  return {
    asker,
    objectId,
    taskKey,
    wire,
    nonce,
    askDigest,
    fingerprint: hash('sha256', `${askDigest} as sent`),
    reservedBytes: bytes,
    recordSize: 0,
    expiredHeight: 900n as Height,
    grantedHeight: 100n as Height,
    sign: async () => answer,
    ...changes
  }
}

/** Promises, and gives the grant's key. */
export async function given(ledger: GrantLedger, ...ask: Parameters<typeof request>): Promise<string> {
  const result = await ledger.promise(request(...ask))
  if (result.outcome !== 'granted') throw new Error(JSON.stringify(result))
  return grantKey(ask[0], ask[1])
}

export interface Pending {
  /** Whether it got as far as the signature, so that its capacity is held. */
  readonly held: boolean
  readonly result: Promise<PromiseResult>
  sign(): Promise<PromiseResult>
  fail(error: Error): Promise<PromiseResult>
}

/** A promise that waits for its signature; resolves once it does, or was denied. */
export async function pending(ledger: GrantLedger, ...ask: Parameters<typeof request>): Promise<Pending> {
  let sign: (answer: Uint8Array) => void = () => undefined
  let fail: (error: Error) => void = () => undefined
  const answer = new Promise<Uint8Array>((resolve, reject) => {
    sign = resolve
    fail = reject
  })
  let held = false
  let over = false
  const result = ledger.promise({
    ...request(...ask),
    sign: () => {
      held = true
      return answer
    }
  })
  const end = (): void => {
    over = true
  }
  result.then(end, end)
  while (!held && !over) await new Promise(setImmediate)
  return {
    held,
    result,
    sign: () => {
      sign(Buffer.from(`answer to ${ask[1]}`))
      return result
    },
    fail: error => {
      fail(error)
      return result
    }
  }
}
