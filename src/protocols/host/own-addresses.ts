import { CODE_P2P, type Multiaddr } from '@multiformats/multiaddr'
import { isPrivateAddress } from '../addresses/private.js'
import type { P2PHost } from './host.js'

export interface AnnounceRules {
  readonly allowPrivate: boolean
  /** How many are told. */
  readonly max: number
}

/** Multiaddrs the host can be dialled at, without `/p2p/…`. */
export const addressesOf = (host: Pick<P2PHost, 'addresses'>): readonly string[] => host.addresses().map(bare)

/** Those that others are told of: a private one would lead them to somebody else, or to themselves. */
export const announcedAddresses = (
  host: Pick<P2PHost, 'addresses'>,
  { allowPrivate, max }: AnnounceRules
): readonly string[] => {
  const told = host.addresses().filter(address => allowPrivate || !isPrivateAddress(address))
  return told.slice(0, max).map(bare)
}

const bare = (address: Multiaddr): string => address.decapsulateCode(CODE_P2P).toString()
