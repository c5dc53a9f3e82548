/**
 * Upstream: @libp2p/kad-dht 16.4.5, `Providers.addProvider` and `Providers.getProviders`: keep every record of every peer
 * in the datastore, without a bound per key or provider, and answer with providers that have no known address;
 * `Reprovider.processRecords` parses the peer ids of all records at once, each hour.
 */
import { NotFoundError } from '@libp2p/interface'
import type { KadDHTComponents } from '@libp2p/kad-dht'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { type DhtPeer, encodeRecordTime } from '../../codec/dht-message.js'
import { BoundedMap } from '../../kit/bounded-map.js'
import type { Clock } from '../../kit/clock.js'

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
  readonly clock: Pick<Clock, 'now' | 'monotonic'>
  /** Our own peer id: the one provider that `put` is told of. */
  readonly self: string
}

/** What a provider says of itself. */
export interface Told {
  /** The key's name. */
  readonly group: string
  readonly provider: string
  /** Whose share of the records it takes; none of a tied peer, whose records make room for those of tied peers alone. */
  readonly block: string | undefined
  /** With at least one address: without one nobody could dial it. */
  readonly node: DhtPeer
}

interface Kept extends Pair {
  readonly group: string
  readonly provider: string
  readonly block: string | undefined
  /** Monotonic ms when it was told last. */
  readonly at: number
}

/**
 * The DHT's provider records in memory, bounded: `/dht/provider/KEY/PEER` → time. Where there is no room, the address block
 * that has most of them gives way: a flood displaces its own.
 */
export class ProviderRecords {
  readonly #init: RecordsInit
  /** The one told longest ago comes first. */
  readonly #records = new BoundedMap<string, Kept>(MAX_RECORDS)
  /** Names of records by key, by provider and by address block; the one told longest ago comes first. */
  readonly #byGroup = new Map<string, Set<string>>()
  readonly #byProvider = new Map<string, Set<string>>()
  readonly #byBlock = new Map<string, Set<string>>()
  readonly #nodes = new Map<string, DhtPeer>()

  constructor(init: RecordsInit) {
    this.#init = init
  }

  get size(): number {
    return this.#records.size
  }

  get(key: Key): Uint8Array {
    const record = this.#records.peek(key.toString())
    if (record === undefined) throw new NotFoundError(`no record ${key}`)
    return record.value
  }

  /** As kad-dht keeps our own record; everything else comes by `add`. */
  put(key: Key, value: Uint8Array): Key {
    const { group, provider } = placeOf(key.toString()) ?? {}
    const isOwn = provider === this.#init.self && value.length <= MAX_VALUE_BYTES
    if (group !== undefined && isOwn) this.#keep({ key, value, group, provider, block: undefined })
    return key
  }

  /** What a provider says now of itself. */
  add({ group, provider, block, node }: Told): void {
    const name = `${group}/${provider}`
    const key = { toString: () => name } as Key
    this.#keep({ key, value: encodeRecordTime(this.#init.clock.now()), group, provider, block })
    if (this.#records.has(name)) this.#nodes.set(provider, node)
  }

  delete(key: Key): void {
    this.#forget(key.toString())
  }

  /** The records of the key whose name is `prefix`; none for a shorter one, which is for whoever renews all of them. */
  *query({ prefix = '' }: { readonly prefix?: string }): Generator<Pair> {
    for (const { key, value } of this.#ofGroup(prefix)) yield { key, value }
  }

  /** The providers of a key, `group` being the key's name. */
  providersOf(group: string): readonly string[] {
    return [...this.#ofGroup(group)].map(({ provider }) => provider)
  }

  /** As a provider told it of itself; not ourselves. */
  nodeOf(provider: string): DhtPeer | undefined {
    return this.#nodes.get(provider)
  }

  /** The addresses of it. */
  addressesOf(provider: string): readonly Multiaddr[] {
    return (this.#nodes.get(provider)?.multiaddrs ?? []).map(bytes => multiaddr(bytes))
  }

  *#ofGroup(group: string): Generator<Kept> {
    for (const name of [...(this.#byGroup.get(group) ?? [])]) {
      const record = this.#records.peek(name)
      if (record === undefined) continue
      if (this.#isOver(record)) this.#forget(name)
      else yield record
    }
  }

  #keep(record: Omit<Kept, 'at'>): void {
    const name = record.key.toString()
    this.#forgetOver()
    this.#forget(name)
    if (!this.#makeRoom(record)) return
    this.#records.set(name, { ...record, at: this.#init.clock.monotonic() })
    for (const [index, part] of this.#placesOf(record)) index.set(part, (index.get(part) ?? new Set()).add(name))
  }

  /** Two at a time: more than come anew, so that nothing stays that is asked for no more. */
  #forgetOver(): void {
    for (let n = 0; n < 2; n++) {
      const { value: name } = this.#records.rkeys().next()
      const record = name === undefined ? undefined : this.#records.peek(name)
      if (name === undefined || record === undefined || !this.#isOver(record)) return
      this.#forget(name)
    }
  }

  #isOver({ at }: Kept): boolean {
    return this.#init.clock.monotonic() - at > RECORD_LIFE_MS
  }

  #makeRoom({ group, provider, block }: Omit<Kept, 'at'>): boolean {
    const own = this.#byProvider.get(provider) ?? new Set()
    const [oldest] = own
    if (oldest !== undefined && own.size >= MAX_PER_PROVIDER) this.#forget(oldest)
    return (
      ((this.#byGroup.get(group)?.size ?? 0) < MAX_PER_KEY || this.#giveWay(this.#blocksOf(group), block, group)) &&
      (this.size < MAX_RECORDS || this.#giveWay(this.#byBlock, block))
    )
  }

  /**
   * Whether a record of the block that has most of these made room for one of `block`; its own where that has as many. One
   * of a tied peer makes room for those of tied peers alone, where no other is left.
   */
  #giveWay(byBlock: ReadonlyMap<string, ReadonlySet<string>>, block: string | undefined, group?: string): boolean {
    let largest = byBlock.get(block ?? '') ?? new Set()
    for (const names of byBlock.values()) if (names.size > largest.size) largest = names
    const [name] = largest.size === 0 && block === undefined ? this.#oldest(group) : largest
    if (name !== undefined) this.#forget(name)
    return name !== undefined
  }

  #oldest(group: string | undefined): Iterable<string> {
    return group === undefined ? this.#records.rkeys() : (this.#byGroup.get(group) ?? [])
  }

  /** The records of one key by address block, but for those of tied peers. */
  #blocksOf(group: string): ReadonlyMap<string, ReadonlySet<string>> {
    const blocks = new Map<string, Set<string>>()
    for (const name of this.#byGroup.get(group) ?? []) {
      const block = this.#records.peek(name)?.block
      if (block !== undefined) blocks.set(block, (blocks.get(block) ?? new Set()).add(name))
    }
    return blocks
  }

  #forget(name: string): void {
    const record = this.#records.peek(name)
    if (record === undefined) return
    this.#records.delete(name)
    for (const [index, part] of this.#placesOf(record)) {
      const names = index.get(part)
      names?.delete(name)
      if (names?.size === 0) index.delete(part)
    }
    if (!this.#byProvider.has(record.provider)) this.#nodes.delete(record.provider)
  }

  #placesOf({ group, provider, block }: Omit<Kept, 'at'>): readonly (readonly [Map<string, Set<string>>, string])[] {
    const places = [[this.#byGroup, group] as const, [this.#byProvider, provider] as const]
    return block === undefined ? places : [...places, [this.#byBlock, block] as const]
  }
}

/** Reads `/dht/provider/KEY/PEER`; other records (values, public keys) are not kept. */
function placeOf(name: string): { readonly group: string; readonly provider: string } | undefined {
  const [, group, provider] = /^(\/dht\/provider\/[^/]{1,128})\/([^/]{1,128})$/.exec(name) ?? []
  return group === undefined || provider === undefined ? undefined : { group, provider }
}
