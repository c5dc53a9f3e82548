import { type BookRecord, bookRecord } from './book.js'
import { seal, unseal } from './seal.js'

/** A node as a sealed line of JSON. What a later format adds is left alone, what it takes away makes a new format. */
export const encodeNode = (node: BookRecord): Uint8Array => Buffer.from(seal(JSON.stringify(node)))

/** `undefined` for what is not, to the last bit, a record of this peer id. */
export function decodeNode(peerId: string, value: Uint8Array): BookRecord | undefined {
  const text = unseal(Buffer.from(value).toString())
  if (text === undefined) return undefined
  try {
    return node(peerId, JSON.parse(text))
  } catch {
    return undefined
  }
}

const STANDINGS: readonly BookRecord['standing'][] = ['hint', 'claimed', 'verified']
const SOURCES: readonly BookRecord['source'][] = ['registry', 'pin', 'bootstrap', 'operator', 'inbound', 'pong', 'dht']

function node(peerId: string, raw: unknown): BookRecord | undefined {
  if (typeof raw !== 'object' || raw === null) return undefined
  const fields: Readonly<Record<string, unknown>> = Object.fromEntries(Object.entries(raw))
  const standing = STANDINGS.find(known => known === fields.standing)
  const source = SOURCES.find(known => known === fields.source)
  const addresses = addressesOf(fields.addresses)
  const { sp, proven, rttMs, firstSeen, lastSuccess, failures, lastError } = fields
  if (fields.peerId !== peerId || standing === undefined || source === undefined || addresses === undefined) {
    return undefined
  }
  if (!isText(sp) || !isNumber(rttMs) || !isNumber(lastSuccess) || !isText(lastError)) return undefined
  if (typeof proven !== 'boolean' || typeof firstSeen !== 'number' || typeof failures !== 'number') return undefined
  return bookRecord({ ...fields, addresses } as BookRecord)
}

function addressesOf(raw: unknown): BookRecord['addresses'] | undefined {
  if (!Array.isArray(raw)) return undefined
  const addresses: BookRecord['addresses'][number][] = []
  for (const entry of raw) {
    const { address, lastSuccess }: { address?: unknown; lastSuccess?: unknown } = Object(entry)
    if (typeof address !== 'string' || !isNumber(lastSuccess)) return undefined
    addresses.push({ address, lastSuccess })
  }
  return addresses
}

const isText = (value: unknown): boolean => value === undefined || typeof value === 'string'

const isNumber = (value: unknown): value is number | undefined => value === undefined || typeof value === 'number'
