/**
 * Upstream: libp2p 3.3.11, `dnsaddrResolver` and `resolveMultiaddr`: follow `/dnsaddr` names in the records of a name, 32
 * deep, and take every record: one name makes us send any number of queries and dial any number of addresses.
 */
import { resolveTxt } from 'node:dns/promises'
import type { MultiaddrResolver } from '@libp2p/interface'
import { CODE_P2P, type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { raceSignal } from 'race-signal'
import { parsePeerId } from '../../codec/peer-id.js'
import { systemClock, withDeadline } from '../../kit/clock.js'
import { usableAddresses } from '../addresses/usable.js'

/** Addresses taken of one name. */
const MAX_RESULTS = 8
/** TXT records looked at: a shared name may list many peers. */
const MAX_RECORDS = 64
const LOOKUP_MS = 5_000

export interface DnsaddrInit {
  readonly allowPrivate: boolean
  /** TXT records of a name. Default: the system's resolver. */
  readonly lookup?: (name: string) => Promise<readonly (readonly string[])[]>
}

/** Resolves `/dnsaddr/NAME/p2p/PEER` by the TXT records of `_dnsaddr.NAME`, one level deep, to addresses of that peer. */
export function dnsaddrResolver({ allowPrivate, lookup = resolveTxt }: DnsaddrInit): MultiaddrResolver {
  return {
    canResolve: address => address.getComponents().some(({ name }) => name === 'dnsaddr'),
    resolve: async (address, { signal }) => {
      const parts = address.getComponents()
      const name = parts.find(part => part.name === 'dnsaddr')?.value
      const peer = parts.find(part => part.code === CODE_P2P)?.value
      if (name === undefined || peer === undefined) return []
      const asking = lookup(`_dnsaddr.${name}`)
      const records = await withDeadline(systemClock, LOOKUP_MS, signal, bound => raceSignal(asking, bound))
      const named = records.slice(0, MAX_RECORDS).flatMap(chunks => addressOf(chunks.join(''), peer) ?? [])
      return usableAddresses(named, { allowPrivate, max: MAX_RESULTS }).map(text => multiaddr(`${text}/p2p/${peer}`))
    }
  }
}

/** The address in a record `dnsaddr=/…/p2p/PEER`, if it is that peer's. */
function addressOf(record: string, peer: string): Multiaddr | undefined {
  const [, text] = /^dnsaddr=(\S{1,400})$/.exec(record.trim()) ?? []
  if (text === undefined) return undefined
  try {
    const address = multiaddr(text)
    const named = address.getComponents().findLast(part => part.code === CODE_P2P)?.value
    return named !== undefined && parsePeerId(named) === parsePeerId(peer) ? address : undefined
  } catch {
    return undefined
  }
}
