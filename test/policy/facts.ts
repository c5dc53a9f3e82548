import type { SpAddress } from '../../src/domain/brands.js'
import type { PolicyFacts } from '../../src/domain/policy-rules.js'
import { REDUNDANCY, VISIBILITY } from '../../src/domain/task.js'

export const GIB = 1n << 30n
export const ASKER = '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266' as SpAddress
export const OTHER = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8' as SpAddress

/** An ask that every default rule passes. */
export const facts = (changes: Partial<PolicyFacts> = {}): PolicyFacts => ({
  asker: ASKER,
  objectId: '42',
  bucketName: 'photos',
  objectName: 'cat.jpg',
  payloadSize: 4n * GIB,
  reservationBytes: GIB,
  visibility: VISIBILITY.PUBLIC_READ,
  redundancyType: REDUNDANCY.EC,
  dataChunks: 4,
  parityChunks: 2,
  freeBytes: 100n * GIB,
  asksLastMinute: 1,
  now: Date.UTC(2026, 7, 1, 3, 0, 0),
  ...changes
})
