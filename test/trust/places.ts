import { multiaddr } from '@multiformats/multiaddr'
import type { Test } from 'tap'
import type { Height, PeerIdString, SpAddress } from '../../src/domain/brands.js'
import type { SpEntry, SpStatus } from '../../src/domain/registry.js'
import { EMPTY_TASK } from '../../src/domain/task-defaults.js'
import type { Verifier } from '../../src/identity/index.js'
import { createMetrics, silentLogger } from '../../src/index.js'
import { spsReachable } from '../../src/module/doctor/overview.js'
import type { Parts } from '../../src/module/parts.js'
import { verifyApproval } from '../../src/module/verify-approval.js'
import type { AskSession } from '../../src/protocols/asking/ask-session.js'
import { Replies, type RepliesInit } from '../../src/protocols/asking/replies.js'
import { Claims } from '../../src/protocols/v0/claims.js'
import { DEFAULT_WIRE_LIMITS } from '../../src/protocols/v0/limits.js'
import { fakeClock } from '../../src/testing/fake-clock.js'
import { createTrust, type LegacyMode, type Pins, type Trust } from '../../src/trust/index.js'
import { approverFixture, sp as approverSp, ask } from '../protocols/granting/approver-fixture.js'
import { peerIds, reach, spEntry, spName } from '../protocols/reach/fixture.js'

/** What a list and a configuration can say of an SP and a peer. */
export interface Case {
  readonly status: 'unlisted' | SpStatus
  /** Which peer the SP's registry entry names. */
  readonly entry: Named
  /** Which peer the pins of the SP name; *empty* is a set without peers. */
  readonly pins: 'absent' | 'empty' | Exclude<Named, 'nobody'>
  readonly mode: LegacyMode
}
type Named = 'nobody' | 'this' | 'another'

interface Facts {
  readonly entry: SpEntry | undefined
  readonly pins: Pins
  readonly trust: Trust
}

function factsOf(given: Case, sp: SpAddress, one: PeerIdString, another: PeerIdString): Facts {
  const { status, mode } = given
  const peersOf = (named: Case['pins'] | Named): PeerIdString[] =>
    named === 'this' ? [one] : named === 'another' ? [another] : []
  const entry: SpEntry | undefined =
    status === 'unlisted'
      ? undefined
      : {
          operatorAddress: sp,
          approvalAddress: '',
          endpoint: '',
          status,
          nodes: peersOf(given.entry).map(peerId => ({ peerId, addresses: ['/ip4/127.0.0.1/tcp/4001'] }))
        }
  const pins = given.pins === 'absent' ? new Map() : new Map([[sp, new Set(peersOf(given.pins))]])
  return { entry, pins, trust: createTrust({ mode, pins, entryOf: () => entry }) }
}

const yesNo = (yes: boolean): string => (yes ? 'y' : '-')
const ONE = 'node-1' as PeerIdString
const ANOTHER = 'node-another' as PeerIdString

/** A place that judges a peer, and its answer as one letter. */
export type Place = (t: Test, given: Case) => Promise<string> | string

/** `p`inned, `c`laimed or `-`: the standing of a peer of a listed SP. */
const tier: Place = (_, given) => {
  const { trust } = factsOf(given, approverSp(1), ONE, ANOTHER)
  const found = trust.of(approverSp(1), ONE).tier
  return found === 'refused' ? '-' : found.charAt(0)
}

/** Whether a ping of the SP, brought by the peer, is believed. */
const ping: Place = (_, given) => {
  const sp = approverSp(1)
  const { trust } = factsOf(given, sp, ONE, ANOTHER)
  const verifier: Verifier = { backend: 'noble', recover: () => sp }
  const claims = new Claims(
    {
      limits: DEFAULT_WIRE_LIMITS,
      trust,
      allowPrivate: false,
      verifier,
      clock: fakeClock(),
      metrics: createMetrics()
    },
    {
      decode: () => ({ spOperatorAddress: sp, signature: new Uint8Array(65) }),
      digests: () => [new Uint8Array(32)]
    }
  )
  const connection = { remoteAddr: multiaddr('/ip4/198.51.100.1/tcp/1') }
  return yesNo(claims.check({ from: ONE, connection, bytes: new Uint8Array(1), arrivedAt: 0 } as never).ok)
}

/** Whether a reply of the SP, brought by the peer, is worth verifying. */
const answer: Place = (_, given) => {
  const sp = approverSp(1)
  const { trust } = factsOf(given, sp, ONE, ANOTHER)
  const init = {
    self: { sp: approverSp(0), peerId: ANOTHER },
    heights: { height: () => 1n as Height },
    life: { minLife: 1n, maxLife: 2n },
    trust,
    logger: silentLogger,
    metrics: createMetrics(),
    emit: () => undefined
  } as unknown as RepliesInit
  const session = { hasCounted: () => false, reject: () => undefined } as unknown as AskSession
  return yesNo(new Replies(init, session).screen({ wire: '0.0.1', sp, peerId: ONE, expiredHeight: 2n }))
}

/** Whether an ask of the SP, brought by the peer, is granted. */
const granted: Place = async (_, given) => {
  const sp = approverSp(1)
  const { entry, pins } = factsOf(given, sp, ONE, ANOTHER)
  const fixture = await approverFixture({ legacyMode: given.mode, pins })
  if (entry === undefined) fixture.entries.delete(sp)
  else fixture.entries.set(sp, entry)
  await fixture.judge(ask(1, { from: ONE }))
  await fixture.ledger.stop()
  return yesNo(fixture.last() === 'approve')
}

/** Whether an approval of the SP gets as far as its height. */
const verified: Place = async (_, given) => {
  const [asker, approver] = [approverSp(0), approverSp(1)]
  const { entry } = factsOf(given, approver, ONE, ANOTHER)
  const own = spEntry(0, [])
  const parts = {
    operatorAddress: asker,
    entryOf: (of: SpAddress) => (of === asker ? own : entry),
    chain: { heights: { height: () => 2n as Height } }
  } as unknown as Parts
  const task = {
    ...EMPTY_TASK,
    objectInfo: ask(1).task.objectInfo,
    askSpOperatorAddress: asker,
    approvedSpOperatorAddress: approver,
    expiredHeight: 1n
  }
  const verdict = await verifyApproval(task, 'primary', parts)
  return yesNo(!verdict.ok && verdict.reason.startsWith('expired'))
}

/** A book and a keeper that know a peer which once brought an approval of the SP, and the list as given. */
function running(t: Test, given: Case, isConnected: boolean) {
  const [one, another, witness] = peerIds(3)
  const sp = spName(1)
  const { entry, pins } = factsOf(given, sp, one, another)
  const record = {
    peerId: one,
    sp,
    standing: 'claimed',
    proven: true,
    source: 'inbound',
    addresses: [{ address: '/ip4/127.0.0.1/tcp/4001', lastSuccess: 1 }],
    rttMs: undefined,
    firstSeen: 0,
    lastSuccess: 1,
    failures: 0,
    lastError: undefined
  } as const
  const fixture = reach(t, {
    sps: [[witness]],
    list: entry === undefined ? [] : [entry],
    pins,
    legacyMode: given.mode,
    book: { nodes: [record], blocked: [] }
  })
  if (isConnected) fixture.connected.add(one)
  return { ...fixture, one, another, sp, entry }
}

/** Whether the peer's claim to be a node of the SP is believed, if it is new to the book. */
const claim: Place = (t, given) => {
  const [one, another, witness] = peerIds(3)
  const sp = spName(1)
  const { entry, pins } = factsOf(given, sp, one, another)
  const { directory } = reach(t, {
    sps: [[witness]],
    list: entry === undefined ? [] : [entry],
    pins,
    legacyMode: given.mode
  })
  return yesNo(directory.claim(one, sp))
}

/** Whether the book holds the peer as tied to the SP. */
const tied: Place = (t, given) => {
  const { directory, one } = running(t, given, false)
  return yesNo(directory.get(one)?.tied === true)
}

/** Whether the book gives the peer as a node that may be asked for the SP. */
const candidate: Place = (t, given) => {
  const { directory, one, sp } = running(t, given, true)
  return yesNo(directory.candidates().some(node => node.peerId === one && node.sp === sp))
}

/** Whether a connection to the peer makes the SP count as reachable. */
const reachable: Place = (t, given) => {
  const { directory, entry } = running(t, given, true)
  return yesNo(spsReachable({ book: directory, entryOf: () => entry } as unknown as Parts) > 0)
}

/** Whether the peer is dialled. */
const dialled: Place = async (t, given) => {
  const { dials, clock, one } = running(t, given, false)
  await clock.advance(2_000)
  return yesNo(dials.some(({ peerId }) => peerId === one))
}

/** Whether the peer may not connect. */
const barred: Place = (t, given) => {
  const { accessList, one } = running(t, given, false)
  return yesNo(accessList.isBarred(one))
}

/** Whether the peer may connect. */
const entering: Place = (t, given) => {
  const { accessList, one } = running(t, given, false)
  return yesNo(accessList.mayEnter(one))
}

export const PLACES = {
  tier,
  ping,
  claim,
  tied,
  candidate,
  reachable,
  dialled,
  barred,
  entering,
  answer,
  granted,
  verified
} satisfies Record<string, Place>
