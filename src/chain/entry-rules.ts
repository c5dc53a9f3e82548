/** The rules for an entry of an SP list, the same for every source. */
import { isDeepStrictEqual } from 'node:util'
import { multiaddr } from '@multiformats/multiaddr'
import { parseSpAddress } from '../codec/address.js'
import { parsePeerId } from '../codec/peer-id.js'
import { MAX_DATA_CHUNKS, MIN_DATA_CHUNKS } from '../constants.js'
import type { PeerIdString, SpAddress } from '../domain/brands.js'
import type { SpEntry, SpNode, SpStatus } from '../domain/registry.js'
import { InvalidArgumentError } from '../errors.js'

/** Far above any network known: Greenfield has tens of SPs. */
export const MAX_LIST_ENTRIES = 10_000
/** `MaxPerSp`. */
export const MAX_NODES_PER_SP = 32
export const MAX_ADDRESSES_PER_NODE = 16
/** The longest DNS name (253) with its protocol names fits. */
const MAX_ADDRESS_LENGTH = 320
/** The longest peer id in use, an inlined ed25519 key as a CID, has 62 characters. */
const MAX_PEER_ID_LENGTH = 128
const MAX_ENDPOINT_LENGTH = 1_024

/** Every status there is. */
export const SP_STATUSES: readonly SpStatus[] = [
  'IN_SERVICE',
  'IN_JAILED',
  'GRACEFUL_EXITING',
  'FORCED_EXITING',
  'IN_MAINTENANCE'
]

export interface EntryRules {
  /** Name of the list in messages: `providers` gives `providers[2].nodes[0].peerId`. */
  readonly list: string
  /** A key as its source spells it; default as in SpEntry. */
  readonly spell?: (key: string) => string
  /** Unknown keys are errors: the list is written by hand, and an unknown key is a typo. */
  readonly strict?: boolean
  /** Entries that were checked before: an entry equal to one of them is not checked again. */
  readonly known?: readonly SpEntry[]
}

/**
 * A list as its source gave it, checked and in one spelling.
 * @throws InvalidArgumentError naming the first entry and key that are wrong
 */
export function parseEntries(raw: unknown, rules: EntryRules): readonly SpEntry[] {
  if (!Array.isArray(raw)) throw new InvalidArgumentError(rules.list, 'a list of SPs', raw)
  if (raw.length > MAX_LIST_ENTRIES) {
    throw new InvalidArgumentError(rules.list, `at most ${MAX_LIST_ENTRIES} SPs`, raw.length)
  }
  const known = new Map<unknown, SpEntry>(rules.known?.map(entry => [entry.operatorAddress, entry]))
  const entries = raw.map((entry: unknown, index) => {
    const before = known.get(Object(entry).operatorAddress)
    return before !== undefined && isDeepStrictEqual(entry, before)
      ? before
      : parseEntry(entry, `${rules.list}[${index}]`, rules)
  })
  requireDistinct(entries, rules)
  return Object.freeze(entries)
}

/** Name of a network: 1–64 characters of `[a-z0-9._-]`, as in the 1.0.0 wire. @throws InvalidArgumentError */
export function requireNetwork(what: string, value: unknown): string {
  if (typeof value === 'string' && /^[a-z0-9._-]{1,64}$/.test(value)) return value
  throw new InvalidArgumentError(what, '1 to 64 characters of a-z, 0-9, ".", "_", "-"', value)
}

/** One entry. @throws InvalidArgumentError */
export function parseEntry(raw: unknown, where: string, rules: Omit<EntryRules, 'list'> = {}): SpEntry {
  const fields = fieldsOf(raw, where, ENTRY_KEYS, rules)
  const at = (key: string): string => `${where}.${rules.spell?.(key) ?? key}`
  const text = (key: string): string => requireText(fields(key) ?? '', at(key), MAX_ENDPOINT_LENGTH)
  const approvalAddress = text('approvalAddress')
  const nodes = fields('nodes') ?? []
  if (!Array.isArray(nodes) || nodes.length > MAX_NODES_PER_SP) {
    throw new InvalidArgumentError(at('nodes'), `a list of at most ${MAX_NODES_PER_SP} nodes`, nodes)
  }
  const dataChunks = fields('dataChunks')
  const reachable = fields('reachable')
  return Object.freeze({
    operatorAddress: requireAddress(fields('operatorAddress'), at('operatorAddress')),
    approvalAddress: approvalAddress === '' ? '' : requireAddress(approvalAddress, at('approvalAddress')),
    endpoint: text('endpoint'),
    status: requireStatus(fields('status') ?? 'IN_SERVICE', at('status')),
    nodes: Object.freeze(nodes.map((node: unknown, index) => parseNode(node, `${at('nodes')}[${index}]`, rules))),
    ...(dataChunks === undefined ? {} : { dataChunks: requireChunks(dataChunks, at('dataChunks')) }),
    ...(reachable === undefined ? {} : { reachable: requireBoolean(reachable, at('reachable')) })
  })
}

/** One node. @throws InvalidArgumentError */
export function parseNode(raw: unknown, where: string, rules: Omit<EntryRules, 'list'> = {}): SpNode {
  const fields = fieldsOf(raw, where, NODE_KEYS, rules)
  const at = (key: string): string => `${where}.${rules.spell?.(key) ?? key}`
  const peerId = requirePeerId(fields('peerId'), at('peerId'))
  const addresses = fields('addresses') ?? []
  if (!Array.isArray(addresses) || addresses.length > MAX_ADDRESSES_PER_NODE) {
    throw new InvalidArgumentError(at('addresses'), `a list of at most ${MAX_ADDRESSES_PER_NODE} multiaddrs`, addresses)
  }
  const parsed = addresses.map((address: unknown, index) =>
    requireMultiaddr(address, peerId, `${at('addresses')}[${index}]`, rules)
  )
  return Object.freeze({ peerId, addresses: Object.freeze([...new Set(parsed)]) })
}

const ENTRY_KEYS = ['operatorAddress', 'approvalAddress', 'endpoint', 'status', 'nodes', 'dataChunks', 'reachable']
const NODE_KEYS = ['peerId', 'addresses']

function fieldsOf(
  raw: unknown,
  where: string,
  keys: readonly string[],
  { spell = key => key, strict = false }: Omit<EntryRules, 'list'>
): (key: string) => unknown {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    throw new InvalidArgumentError(where, 'a table', raw)
  }
  const values = new Map<string, unknown>(Object.entries(raw))
  const known = keys.map(spell)
  const unknownKey = strict ? [...values.keys()].find(key => !known.includes(key)) : undefined
  if (unknownKey !== undefined) throw new InvalidArgumentError(where, `only the keys ${known.join(', ')}`, unknownKey)
  return key => values.get(spell(key)) ?? undefined
}

function requireDistinct(entries: readonly SpEntry[], { list, spell = key => key }: EntryRules): void {
  const sps = new Set<SpAddress>()
  const peers = new Map<PeerIdString, SpAddress>()
  for (const [index, { operatorAddress, nodes }] of entries.entries()) {
    const where = `${list}[${index}].`
    if (sps.has(operatorAddress)) {
      throw new InvalidArgumentError(where + spell('operatorAddress'), 'an SP that is not listed yet', operatorAddress)
    }
    sps.add(operatorAddress)
    for (const [place, { peerId }] of nodes.entries()) {
      const holder = peers.get(peerId)
      if (holder !== undefined) {
        const expected = `a peer id that no other entry names (SP ${holder} does)`
        throw new InvalidArgumentError(`${where}${spell('nodes')}[${place}].${spell('peerId')}`, expected, peerId)
      }
      peers.set(peerId, operatorAddress)
    }
  }
}

function requireAddress(value: unknown, what: string): SpAddress {
  const address = typeof value === 'string' ? parseSpAddress(value) : undefined
  if (address === undefined) throw new InvalidArgumentError(what, '0x and 40 hex digits', value)
  return address
}

function requirePeerId(value: unknown, what: string): PeerIdString {
  const peerId = typeof value === 'string' && value.length <= MAX_PEER_ID_LENGTH ? parsePeerId(value) : undefined
  if (peerId === undefined) throw new InvalidArgumentError(what, 'a libp2p peer id such as 16Uiu2HA…', value)
  return peerId
}

/** The status of a name, with or without the `STATUS_` of the chain. @throws InvalidArgumentError */
export function requireStatus(value: unknown, what: string): SpStatus {
  const name = typeof value === 'string' ? value.replace(/^STATUS_/, '') : undefined
  const status = SP_STATUSES.find(known => known === name)
  if (status === undefined) throw new InvalidArgumentError(what, `one of ${SP_STATUSES.join(', ')}`, value)
  return status
}

/** A multiaddr without its `/p2p/…`; one that names another peer is a mistake. */
function requireMultiaddr(
  value: unknown,
  peerId: PeerIdString,
  what: string,
  { strict = false }: Omit<EntryRules, 'list'>
): string {
  const expected = 'a multiaddr such as /dns4/sp0.example.com/tcp/9933'
  if (typeof value !== 'string' || value.length > MAX_ADDRESS_LENGTH || !/^\/[\x21-\x7e]+$/.test(value)) {
    throw new InvalidArgumentError(what, expected, value)
  }
  try {
    const address = multiaddr(value)
    const components = address.getComponents()
    // A person wrote it and expects it to be dialled; another program may name transports of later versions too.
    if (strict && !components.some(({ name }) => name === 'tcp' || name === 'dnsaddr')) {
      throw new InvalidArgumentError(what, 'a TCP multiaddr such as /dns4/sp0.example.com/tcp/9933', value)
    }
    const named = components.find(component => component.name === 'p2p')?.value
    if (named === undefined) return address.toString()
    if (parsePeerId(named) === peerId) return address.decapsulate('/p2p').toString()
  } catch (cause) {
    throw cause instanceof InvalidArgumentError ? cause : new InvalidArgumentError(what, expected, value, { cause })
  }
  throw new InvalidArgumentError(what, `an address of ${peerId}`, value)
}

function requireChunks(value: unknown, what: string): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= MIN_DATA_CHUNKS && value <= MAX_DATA_CHUNKS) {
    return value
  }
  throw new InvalidArgumentError(what, `a whole number from ${MIN_DATA_CHUNKS} to ${MAX_DATA_CHUNKS}`, value)
}

function requireBoolean(value: unknown, what: string): boolean {
  if (typeof value !== 'boolean') throw new InvalidArgumentError(what, 'true or false', value)
  return value
}

/** Text on one line; '' is fine. */
function requireText(value: unknown, what: string, limit: number): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  if (typeof value === 'string' && value.length <= limit && !/[\u0000-\u001f\u007f]/.test(value)) return value
  throw new InvalidArgumentError(what, `one line of at most ${limit} characters`, value)
}
