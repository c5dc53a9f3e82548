import type { PolicyFacts } from '../../src/domain/policy-rules.js'
import { REDUNDANCY, VISIBILITY } from '../../src/domain/task.js'
import type { BuiltInRule } from '../../src/policy/built-in-rule.js'
import { rules } from '../../src/policy/rules.js'
import { ASKER, GIB, OTHER } from './facts.js'

/** Rule, changes that it passes, changes that it refuses, and what it then says. */
export const cases: [BuiltInRule, Partial<PolicyFacts>, Partial<PolicyFacts>, string, string][] = [
  [
    rules.allow([ASKER.toLowerCase()]),
    {},
    { asker: OTHER },
    'POLICY',
    `allow: ${OTHER} is not among the 1 allowed SPs`
  ],
  [rules.deny([OTHER.slice(2)]), {}, { asker: OTHER }, 'POLICY', `deny: ${OTHER} is denied`],
  [
    rules.maxPayloadSize('5GiB'),
    { payloadSize: 5n * GIB },
    { payloadSize: 5n * GIB + 1n },
    'TOO_LARGE',
    'max-payload-size: payload of 5368709121 bytes, at most 5GiB allowed'
  ],
  [
    rules.minPayloadSize(1024n),
    { payloadSize: 1024n },
    { payloadSize: 1023n },
    'POLICY',
    'min-payload-size: payload of 1023B, at least 1KiB wanted'
  ],
  [
    rules.ratePerSp(60),
    { asksLastMinute: 60 },
    { asksLastMinute: 61 },
    'POLICY',
    'rate-per-sp: 61 asks in the last minute, 60 allowed'
  ],
  [
    rules.capacity('200GiB'),
    { freeBytes: GIB },
    { freeBytes: GIB / 2n },
    'NO_CAPACITY',
    'capacity: 1GiB asked, 512MiB of 200GiB free'
  ],
  [
    rules.freeCapacity('50GiB'),
    { freeBytes: 51n * GIB },
    { freeBytes: 51n * GIB - 1n },
    'NO_CAPACITY',
    'free-capacity: 1GiB asked, 54760833023 bytes free, 50GiB must stay free'
  ],
  [
    rules.visibility(['PUBLIC_READ']),
    {},
    { visibility: VISIBILITY.PRIVATE },
    'POLICY',
    'visibility: visibility PRIVATE, allowed is PUBLIC_READ'
  ],
  [
    rules.redundancy(['EC']),
    {},
    { redundancyType: REDUNDANCY.REPLICA },
    'POLICY',
    'redundancy: redundancy REPLICA, allowed is EC'
  ],
  [
    rules.dataChunks({ min: 4, max: 8 }),
    { dataChunks: 8 },
    { dataChunks: 3 },
    'POLICY',
    'data-chunks: 3 data chunks, allowed is 4 to 8'
  ],
  [
    rules.parityChunks({ min: 2, max: 4 }),
    { parityChunks: 4 },
    { parityChunks: 5 },
    'POLICY',
    'parity-chunks: 5 parity chunks, allowed is 2 to 4'
  ],
  [
    rules.maintenance({ from: new Date('2026-08-01T02:00:00Z'), to: new Date('2026-08-01T04:00:00Z') }),
    { now: Date.parse('2026-08-01T04:00:00Z') },
    { now: Date.parse('2026-08-01T03:59:59.999Z') },
    'NOT_IN_SERVICE',
    'maintenance: maintenance until 2026-08-01T04:00:00Z'
  ],
  [
    rules.maintenance({ daily: '22:00-02:30', code: 'POLICY', reason: 'backup' }),
    { now: Date.parse('2026-08-01T02:30:00Z') },
    { now: Date.parse('2026-08-01T02:29:59Z') },
    'POLICY',
    'maintenance: backup until 02:30 UTC'
  ],
  [
    rules.maintenance({ daily: '02:00-03:00' }),
    { now: Date.parse('2026-08-01T01:59:59Z') },
    { now: Date.parse('2027-01-31T02:00:00Z') },
    'NOT_IN_SERVICE',
    'maintenance: maintenance until 03:00 UTC'
  ]
]
