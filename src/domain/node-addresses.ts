import type { HintedAddress, NodeAddress } from './node.js'
import { MAX_ADDRESS_LENGTH, MAX_ADDRESSES, MAX_HINTED_ADDRESSES } from './peer-limits.js'

/**
 * After the list named addresses. Those that it names for the first time come first, as the most recent. Those that it no
 * longer names go; an address that it never named stays only where the node answered a dial of ours.
 *
 * @param before what the list named last
 */
export function afterListing(
  known: readonly NodeAddress[],
  named: readonly string[],
  before: readonly string[]
): readonly NodeAddress[] {
  const old = new Set(known.map(({ address }) => address))
  const kept = known.filter(
    ({ address, lastSuccess }) => named.includes(address) || (lastSuccess !== undefined && !before.includes(address))
  )
  return bounded([...untried(named.filter(address => !old.has(address))), ...kept])
}

/** After the node told its addresses itself: they go behind those that answered or are listed, before what it told earlier. */
export function afterAnnouncing(
  known: readonly NodeAddress[],
  told: readonly string[],
  named: readonly string[]
): readonly NodeAddress[] {
  const old = new Set(known.map(({ address }) => address))
  if (told.every(address => old.has(address))) return known
  const isFirm = ({ address, lastSuccess }: NodeAddress): boolean =>
    lastSuccess !== undefined || named.includes(address)
  const firm = known.filter(isFirm)
  const said = untried(told).filter(({ address }) => !firm.some(entry => entry.address === address))
  const rest = known.filter(entry => !isFirm(entry) && !told.includes(entry.address))
  return bounded([...firm, ...said, ...rest])
}

export const afterSuccess = (known: readonly NodeAddress[], address: string, now: number): readonly NodeAddress[] =>
  bounded([{ address, lastSuccess: now }, ...known.filter(entry => entry.address !== address)])

/** The next try begins with another address: one at which every dial times out must not hide the others. */
export const afterFailure = <T>(known: readonly T[]): readonly T[] => [...known.slice(1), ...known.slice(0, 1)]

/** A teller's newest hint replaces its older ones, so that no teller crowds out the others. */
export const afterHint = (
  known: readonly HintedAddress[],
  teller: string,
  told: readonly string[]
): readonly HintedAddress[] =>
  [
    ...told.map(address => ({ teller, address })),
    ...known.filter(entry => entry.teller !== teller && !told.includes(entry.address))
  ].slice(0, MAX_HINTED_ADDRESSES)

/** Addresses that a remote told, without empty, overlong and repeated ones; at most `most`. */
export const plausible = (told: readonly string[], most = MAX_ADDRESSES): readonly string[] =>
  [...new Set(told.filter(address => address !== '' && address.length <= MAX_ADDRESS_LENGTH))].slice(0, most)

export const untried = (addresses: readonly string[]): readonly NodeAddress[] =>
  addresses.map(address => ({ address, lastSuccess: undefined }))

const bounded = (addresses: readonly NodeAddress[]): readonly NodeAddress[] => addresses.slice(0, MAX_ADDRESSES)
