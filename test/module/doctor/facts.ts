/** Facts of a sound node, and of sound and broken others, to be changed by each test. */
import type { SpOverview } from '../../../src/contract.js'
import type { Height, PeerIdString, SpAddress } from '../../../src/domain/brands.js'
import { NEVER_ASKED } from '../../../src/domain/fairness.js'
import type { Facts, NodeView, OwnAddressFacts, SpFacts } from '../../../src/module/doctor/facts.js'
import type { PeerRecord } from '../../../src/peers/index.js'

export const SELF = '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266' as SpAddress
export const OTHER = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8' as SpAddress
export const PEER = '16Uiu2HAmG4KTyFsK71BVwjY4z6WwcNBVb6vAiuuL9ASWdqiTzNZH' as PeerIdString
export const ADDRESS = '/dns4/sp1.example.com/tcp/9933'

export const sp = (change: Partial<SpOverview> = {}): SpOverview => ({
  operatorAddress: OTHER,
  approvalAddress: '',
  endpoint: '',
  status: 'IN_SERVICE',
  nodes: [],
  self: false,
  reachable: true,
  peers: 1,
  connected: 1,
  verified: 1,
  lastSeen: 1,
  fairness: NEVER_ASKED,
  ...change
})

export const own = (change: Partial<OwnAddressFacts> = {}): OwnAddressFacts => ({
  address: '/ip4/5.5.5.5/tcp/9933',
  reach: 'public',
  name: undefined,
  connects: 'yes',
  local: true,
  dialledBack: 'unknown',
  reason: undefined,
  ...change
})

export const record = (change: Partial<PeerRecord> = {}): PeerRecord =>
  ({
    peerId: PEER,
    sp: OTHER,
    standing: 'verified',
    state: 'verified',
    proven: false,
    tied: true,
    connected: false,
    failures: 0,
    source: 'registry',
    addresses: [{ address: ADDRESS, lastSuccess: undefined }],
    rttMs: undefined,
    firstSeen: 0,
    lastSuccess: undefined,
    lastError: undefined,
    lastErrorKind: undefined,
    blocked: false,
    ...change
  }) as PeerRecord

export const view = (change: Partial<PeerRecord> = {}, unresolved: NodeView['unresolved'] = []): NodeView => ({
  record: record(change),
  unresolved
})

export const spFacts = (change: Partial<SpFacts> = {}): SpFacts => ({
  sp: OTHER,
  self: false,
  overview: sp(),
  listed: true,
  nodes: [view({ connected: true })],
  ...change
})

const entry = { operatorAddress: SELF, approvalAddress: '', endpoint: '', status: 'IN_SERVICE' as const }

/** Nothing is wrong with it. */
export const facts = (change: Partial<Facts> = {}): Facts => ({
  state: 'started',
  sp: SELF,
  peerId: PEER,
  allowPrivate: false,
  chain: { name: 'static', heightAgeMs: 1, listAgeMs: 1, height: 7n as Height, sps: 8, alarm: undefined },
  sps: [sp({ operatorAddress: SELF, self: true }), ...Array.from({ length: 7 }, () => sp())],
  entry: { ...entry, nodes: [{ peerId: PEER, addresses: [] }] },
  signing: { ok: true, by: SELF },
  addresses: [own({ dialledBack: 'reachable' })],
  inbound: 3,
  configured: [],
  blocked: [],
  store: { state: 'ready' },
  policyAlarm: undefined,
  alarms: [],
  asks: { decided: 0, stale: 0 },
  min: 6,
  reachable: 7,
  ...change
})
