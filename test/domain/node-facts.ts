import type { PeerIdString, SpAddress } from '../../src/domain/brands.js'
import type { PruneFacts } from '../../src/domain/prune.js'

export const SP = 'sp-a' as SpAddress

/** A healthy verified node of {@link SP}, named by its entry, and what is different about it. */
export const facts = (peerId: string, but: Partial<PruneFacts> = {}): PruneFacts => ({
  peerId: peerId as PeerIdString,
  sp: SP,
  standing: 'verified',
  proven: false,
  tied: true,
  connected: false,
  configured: false,
  failures: 0,
  ...but
})

export const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index))
