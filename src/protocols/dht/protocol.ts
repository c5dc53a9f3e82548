import { CODE_P2P, type Multiaddr } from '@multiformats/multiaddr'
import { base32 } from 'multiformats/bases/base32'
import { CID } from 'multiformats/cid'
import * as raw from 'multiformats/codecs/raw'
import { sha256 } from 'multiformats/hashes/sha2'
import type { DhtPeer } from '../../codec/dht-message.js'
import type { SpAddress } from '../../domain/brands.js'

export const KAD_PROTOCOL = '/sp-approval/kad/1.0.0'

/** Addresses kept of a node that others told of. */
export const MAX_ADDRESSES = 4

/** The key of an SP's provider records: CIDv1, raw, SHA2-256 of `sp-approval:` and its address `0x…` in lower case. */
export async function spKey(sp: SpAddress): Promise<CID> {
  const name = new TextEncoder().encode(`sp-approval:${sp.toLowerCase()}`)
  return CID.createV1(raw.code, await sha256.digest(name))
}

/** As kad-dht names the records of a key, a multihash, in its datastore. */
export const recordGroup = (multihash: Uint8Array): string => `/dht/provider/${base32.baseEncode(multihash)}`

/** As messages name a node. @param id its peer id's multihash */
export const namedPeer = (id: Uint8Array, addresses: readonly Multiaddr[]): DhtPeer => ({
  id,
  multiaddrs: addresses.slice(0, MAX_ADDRESSES).map(address => address.decapsulateCode(CODE_P2P).bytes)
})
