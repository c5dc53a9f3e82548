/**
 * Upstream: @libp2p/kad-dht 16.4.5, `Providers.addProvider` and `Providers.getProviders`: keep every record of every peer
 * in the datastore, without a bound per key or provider, and answer with providers that have no known address.
 */
import { NotFoundError } from '@libp2p/interface'
import type { KadDHTComponents } from '@libp2p/kad-dht'
import { BoundedMap } from '../../kit/bounded-map.js'

type Datastore = KadDHTComponents['datastore']
type Key = Parameters<Datastore['get']>[0]
type Pair = { key: Key; value: Uint8Array }

/** Records in all, of one key, and of one provider: a node belongs to one SP, and may have moved. */
export const MAX_RECORDS = 4_096
const MAX_PER_KEY = 64
const MAX_PER_PROVIDER = 4
/** A provider record is a time. */
const MAX_VALUE_BYTES = 64
/** A record expires unless it is renewed; nodes renew theirs every ten minutes. */
export const RECORD_LIFE_MS = 60 * 60_000

export interface RecordsInit {
  /** Monotonic ms. */
  readonly now: () => number
  /** Whether an address of the provider is known: without one nobody could dial it. */
  readonly isKnown: (provider: string) => boolean
}

interface Place {
  readonly group: string
  readonly provider: string
}

/**
 * The DHT's provider records in memory, bounded: `/dht/provider/KEY/PEER` → time. A full key evicts a random record, so
 * a flood of new providers displaces the honest ones only in proportion.
 */
export class ProviderRecords {
  readonly #init: RecordsInit
  readonly #records = new BoundedMap<string, Pair & Place & { readonly at: number }>(MAX_RECORDS, name =>
    this.#unlink(name)
  )
  /** Names of records by their group and by their provider; the one that was written first comes first. */
  readonly #names = new Map<string, Set<string>>()

  constructor(init: RecordsInit) {
    this.#init = init
  }

  get size(): number {
    return this.#records.size
  }

  get(key: Key): Uint8Array {
    const record = this.#records.get(key.toString())
    if (record === undefined) throw new NotFoundError(`no record ${key}`)
    return record.value
  }

  put(key: Key, value: Uint8Array): Key {
    const name = key.toString()
    const place = placeOf(name)
    if (place === undefined || value.length > MAX_VALUE_BYTES) return key
    if (!this.#records.has(name)) this.#makeRoom(place)
    this.#records.set(name, { key, value, ...place, at: this.#init.now() })
    for (const part of [place.group, place.provider]) {
      this.#names.set(part, (this.#names.get(part) ?? new Set()).add(name))
    }
    return key
  }

  delete(key: Key): void {
    this.#forget(key.toString())
  }

  /** The records whose names begin with `prefix`, the name of a key; all of them without one. */
  *query({ prefix = '' }: { readonly prefix?: string }): Generator<Pair> {
    const now = this.#init.now()
    for (const name of [...(this.#names.get(prefix) ?? this.#records.keys())]) {
      const record = this.#records.get(name)
      if (record === undefined || !name.startsWith(prefix)) continue
      if (now - record.at > RECORD_LIFE_MS) this.#forget(name)
      else if (this.#init.isKnown(record.provider)) yield { key: record.key, value: record.value }
    }
  }

  /** The providers of a key, `group` being the key's name. */
  providersOf(group: string): readonly string[] {
    if (!this.#names.has(group)) return []
    return [...this.query({ prefix: group })].flatMap(({ key }) => placeOf(key.toString())?.provider ?? [])
  }

  #makeRoom({ group, provider }: Place): void {
    const [oldest, ...newer] = this.#names.get(provider) ?? []
    if (oldest !== undefined && newer.length + 1 >= MAX_PER_PROVIDER) this.#forget(oldest)
    const names = [...(this.#names.get(group) ?? [])]
    const evicted = names[Math.floor(Math.random() * names.length)]
    if (names.length >= MAX_PER_KEY && evicted !== undefined) this.#forget(evicted)
  }

  #forget(name: string): void {
    this.#records.delete(name)
    this.#unlink(name)
  }

  #unlink(name: string): void {
    const place = placeOf(name)
    if (place === undefined) return
    for (const part of [place.group, place.provider]) {
      const names = this.#names.get(part)
      names?.delete(name)
      if (names?.size === 0) this.#names.delete(part)
    }
  }
}

/** Reads `/dht/provider/KEY/PEER`; other records (values, public keys) are not kept. */
function placeOf(name: string): Place | undefined {
  const [, group, provider] = /^(\/dht\/provider\/[^/]{1,128})\/([^/]{1,128})$/.exec(name) ?? []
  return group === undefined || provider === undefined ? undefined : { group, provider }
}
