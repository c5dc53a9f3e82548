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
/** A record that was not renewed is gone; nodes renew theirs each ten minutes. */
export const RECORD_LIFE_MS = 60 * 60_000

export interface RecordsInit {
  /** Monotonic ms. */
  readonly now: () => number
  /** Whether an address of the provider is known: a record without one is of no use and would spoil the answer. */
  readonly isKnown: (provider: string) => boolean
}

interface Place {
  readonly group: string
  readonly provider: string
}

/**
 * The DHT's provider records in memory, bounded: `/dht/provider/KEY/PEER` → time. A full key loses a random record, so a
 * flood of new providers of one key displaces the old ones only in proportion.
 */
export class ProviderRecords {
  readonly #init: RecordsInit
  readonly #records = new BoundedMap<string, Pair & Place & { readonly at: number }>(MAX_RECORDS, name =>
    this.#unlink(name)
  )
  readonly #groups = new Map<string, Map<string, string>>()
  readonly #byProvider = new Map<string, Set<string>>()

  constructor(init: RecordsInit) {
    this.#init = init
  }

  get size(): number {
    return this.#records.size
  }

  has(key: Key): boolean {
    return this.#records.has(key.toString())
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
    const group = this.#groups.get(place.group) ?? new Map<string, string>()
    this.#groups.set(place.group, group.set(place.provider, name))
    const own = this.#byProvider.get(place.provider) ?? new Set<string>()
    this.#byProvider.set(place.provider, own.add(name))
    return key
  }

  delete(key: Key): void {
    this.#forget(key.toString())
  }

  /** The records of one key, `prefix` being its name, or all of them. */
  *query({ prefix = '' }: { readonly prefix?: string }): Generator<Pair> {
    const now = this.#init.now()
    const group = this.#groups.get(prefix)
    for (const name of group === undefined ? [...this.#records.keys()] : [...group.values()]) {
      const record = this.#records.get(name)
      if (record === undefined || !name.startsWith(prefix)) continue
      if (now - record.at > RECORD_LIFE_MS) this.#forget(name)
      else if (this.#init.isKnown(record.provider)) yield { key: record.key, value: record.value }
    }
  }

  /** The providers of a key, `group` being the key's name. */
  providersOf(group: string): readonly string[] {
    if (!this.#groups.has(group)) return []
    return [...this.query({ prefix: group })].flatMap(({ key }) => placeOf(key.toString())?.provider ?? [])
  }

  #makeRoom({ group, provider }: Place): void {
    const own = this.#byProvider.get(provider)
    const [oldest] = own ?? []
    if (own !== undefined && own.size >= MAX_PER_PROVIDER && oldest !== undefined) this.#forget(oldest)
    const names = [...(this.#groups.get(group)?.values() ?? [])]
    const unlucky = names[Math.floor(Math.random() * names.length)]
    if (names.length >= MAX_PER_KEY && unlucky !== undefined) this.#forget(unlucky)
  }

  #forget(name: string): void {
    this.#records.delete(name)
    this.#unlink(name)
  }

  #unlink(name: string): void {
    const place = placeOf(name)
    if (place === undefined) return
    const group = this.#groups.get(place.group)
    group?.delete(place.provider)
    if (group?.size === 0) this.#groups.delete(place.group)
    const own = this.#byProvider.get(place.provider)
    own?.delete(name)
    if (own?.size === 0) this.#byProvider.delete(place.provider)
  }
}

/** `/dht/provider/KEY/PEER`; other records (values, public keys) are none of ours. */
function placeOf(name: string): Place | undefined {
  const [, group, provider] = /^(\/dht\/provider\/[^/]{1,128})\/([^/]{1,128})$/.exec(name) ?? []
  return group === undefined || provider === undefined ? undefined : { group, provider }
}
