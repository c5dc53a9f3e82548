/**
 * Upstream: libp2p 3.3.11, `dnsaddrResolver` and `resolveMultiaddr`: follow `/dnsaddr` names in the records of a name, 32
 * deep, and take every record: one name makes us send any number of queries and dial any number of addresses.
 */
import { resolveTxt } from 'node:dns/promises'
import { CODE_P2P, type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { raceSignal } from 'race-signal'
import { usableAddresses } from './usable.js'

/** Addresses taken of one name. */
const MAX_RESULTS = 8
/** TXT records looked at: a shared name may list many peers. */
const MAX_RECORDS = 64

/** TXT records of a name. */
export type LookupTxt = (name: string) => Promise<readonly (readonly string[])[]>

export interface DnsaddrOptions {
  readonly allowPrivate: boolean
  readonly lookupTxt?: LookupTxt
  readonly signal: AbortSignal
}

/** The addresses of a peer in the TXT records of `_dnsaddr.NAME`, one level deep. */
export async function resolveDnsaddr(
  name: string,
  peer: string,
  { allowPrivate, lookupTxt = resolveTxt, signal }: DnsaddrOptions
): Promise<readonly Multiaddr[]> {
  const records = await raceSignal(lookupTxt(`_dnsaddr.${name}`), signal)
  const named = records.slice(0, MAX_RECORDS).flatMap(chunks => addressOf(chunks.join(''), peer) ?? [])
  return usableAddresses(named, { allowPrivate, max: MAX_RESULTS }).map(text => multiaddr(text))
}

/** The address in a record `dnsaddr=/…/p2p/PEER`, if it is that peer's. */
function addressOf(record: string, peer: string): Multiaddr | undefined {
  const [, text] = /^dnsaddr=(\S{1,400})$/.exec(record.trim()) ?? []
  if (text === undefined) return undefined
  try {
    // By way of its bytes, so that each peer id has one spelling.
    const address = multiaddr(multiaddr(text).bytes)
    const named = address.getComponents().findLast(part => part.code === CODE_P2P)?.value
    return named === peer ? address : undefined
  } catch {
    return undefined
  }
}
