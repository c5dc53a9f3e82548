import type { SpEntry } from '../../src/domain/registry.js'
import { operatorAddressOf, peerIdOf } from '../../src/identity/keys.js'

/** The n-th operator key of the tests, n from 1 to 255. */
export const keyOf = (n: number): Uint8Array => new Uint8Array(32).fill(n)

/** The n-th SP with one node. */
export function sp(n: number, fields: Partial<SpEntry> = {}): SpEntry {
  return {
    operatorAddress: operatorAddressOf(keyOf(n)),
    approvalAddress: '',
    endpoint: `http://sp${n}.example.com`,
    status: 'IN_SERVICE',
    nodes: [node(n)],
    ...fields
  }
}

export const node = (n: number) => ({
  peerId: peerIdOf(keyOf(100 + n)),
  addresses: [`/dns4/sp${n}.example.com/tcp/9933`]
})

/** SPs 1 … n. */
export const sps = (n: number): SpEntry[] => Array.from({ length: n }, (_, index) => sp(index + 1))
