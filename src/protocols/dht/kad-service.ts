import type { Libp2pEvents, PeerId, PeerInfo, Startable, StreamHandler } from '@libp2p/interface'
import { type KadDHT, type KadDHTComponents, kadDHT } from '@libp2p/kad-dht'
import { CODE_P2P, multiaddr } from '@multiformats/multiaddr'
import type { PeerIdString, SpAddress } from '../../domain/brands.js'
import { UnreachableError } from '../../errors.js'
import type { HintedNode } from '../../peers/index.js'
import { usableAddresses } from '../host/public-addresses.js'
import { overriding } from '../overriding.js'
import { Contacts } from './contacts.js'
import { type Dht, type DhtComponents, type DhtInit, KAD_PROTOCOL } from './index.js'
import { ProviderRecords } from './records.js'
import { spKey } from './sp-key.js'
import { openConnection, walkable } from './walk.js'

/** Nodes that keep a record, and providers an answer is content with. */
const BUCKET = 6
const PARALLEL = 3
/** One query at a time walks; more paths ask more nodes for the same. */
const PATHS = 1
/** The first look around when bootstrap nodes are connected, then rarely, ms. */
const FIRST_LOOK_MS = 2_000
const LOOK_EVERY_MS = 10 * 60_000
const STREAMS = 16
const REQUEST_MS = 5_000
const CONTACT_MS = 5_000
const MAX_ADDRESSES = 4
const MAX_FOUND = 16

/** What a routing table can do that the interface of kad-dht does not tell. */
interface WithTable {
  readonly routingTable: {
    add(peer: PeerId): Promise<void>
    remove(peer: PeerId): Promise<void>
    /** Tags in the peer store, which has none here: each of its rounds reads forty public keys. */
    readonly closestPeerTagger?: { stop(): void }
  }
}

/** Puts kad-dht into bounds: who may speak to it, what it keeps, whom it dials, what it believes alive. */
export class KadService implements Dht, Startable {
  readonly #components: DhtComponents
  readonly #init: DhtInit
  readonly #kad: KadDHT & Startable & EventTarget & WithTable
  readonly #contacts: Contacts
  #started = false
  #awake = false
  #mayServe: ((peer: PeerIdString) => boolean) | undefined

  constructor(components: DhtComponents, init: DhtInit) {
    this.#components = components
    this.#init = init
    const { allowPrivate, clock, mode } = init
    const { peerId, addressManager, peerStore, registrar, connectionManager } = components
    const contacts = new Contacts({
      self: peerId,
      ownAddresses: () => addressManager.getAddresses(),
      peerStore,
      allowPrivate
    })
    this.#contacts = contacts
    const make = kadDHT({
      protocol: KAD_PROTOCOL,
      clientMode: mode === 'client',
      kBucketSize: BUCKET,
      alpha: PARALLEL,
      disjointPaths: PATHS,
      // A query of one that knows nobody ends at once, instead of waiting for the first look around.
      allowQueryWithZeroPeers: true,
      initialQuerySelfInterval: FIRST_LOOK_MS,
      querySelfInterval: LOOK_EVERY_MS,
      maxInboundStreams: STREAMS,
      maxOutboundStreams: STREAMS,
      networkDialTimeout: { maxTimeout: REQUEST_MS },
      onPeerConnectTimeout: CONTACT_MS,
      pingNewContactConcurrency: PARALLEL,
      pingOldContactConcurrency: PARALLEL,
      peerInfoMapper: peer => this.#usable(peer),
      // Provider records only: nobody stores values with us.
      validators: { pk: refuse, ipns: refuse }
    })
    const records = new ProviderRecords({ now: () => clock.monotonic(), isKnown: peer => contacts.has(peer) })
    this.#kad = make({
      peerId,
      privateKey: components.privateKey,
      registrar: overriding(registrar, { handle: this.#handle }),
      addressManager,
      peerStore: contacts.asPeerStore(),
      connectionManager: walkable(connectionManager),
      datastore: records as unknown as KadDHTComponents['datastore'],
      events: components.events,
      logger: components.logger,
      ping: { ping: async peer => this.#lives(peer as PeerId) }
    }) as KadDHT & Startable & EventTarget & WithTable
  }

  /** Sleeps until it is needed. */
  async start(): Promise<void> {
    this.#started = true
  }

  async wake(): Promise<void> {
    if (!this.#started || this.#awake) return
    this.#awake = true
    this.#kad.addEventListener('peer', this.#onHeard)
    this.#components.events.addEventListener('peer:disconnect', this.#onDisconnect)
    await this.#kad.start()
    this.#kad.routingTable.closestPeerTagger?.stop()
    await this.#meet()
  }

  async stop(): Promise<void> {
    this.#started = false
    if (!this.#awake) return
    this.#awake = false
    this.#kad.removeEventListener('peer', this.#onHeard)
    this.#components.events.removeEventListener('peer:disconnect', this.#onDisconnect)
    await this.#kad.stop()
  }

  admit(mayServe: ((peer: PeerIdString) => boolean) | undefined): void {
    this.#mayServe = mayServe
  }

  async provide(sp: SpAddress, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    let told = 0
    for await (const event of this.#kad.provide(await spKey(sp), { signal })) {
      if (event.name === 'PEER_RESPONSE' && event.messageName === 'ADD_PROVIDER') told++
    }
    if (told === 0) throw new UnreachableError('dht: nobody took our record')
  }

  async *find(sp: SpAddress, { signal }: { readonly signal: AbortSignal }): AsyncGenerator<readonly HintedNode[]> {
    const seen = new Set<PeerIdString>([this.#components.peerId.toString() as PeerIdString])
    for await (const event of this.#kad.findProviders(await spKey(sp), { signal })) {
      if (event.name !== 'PROVIDER') continue
      const nodes: HintedNode[] = []
      for (const { id, multiaddrs } of event.providers.slice(0, MAX_FOUND)) {
        const peerId = id.toString() as PeerIdString
        const addresses = usableAddresses(multiaddrs, { allowPrivate: this.#init.allowPrivate, max: MAX_ADDRESSES })
        if (!seen.has(peerId) && addresses.length > 0) nodes.push({ peerId, addresses, sp })
        seen.add(peerId)
      }
      if (nodes.length > 0) yield nodes
      if (seen.size > MAX_FOUND) return
    }
  }

  known(): readonly HintedNode[] {
    return [...this.#contacts.heard()]
  }

  /** kad-dht is told of those who connect or begin to speak it; who did so while we slept it would not know. */
  async #meet(): Promise<void> {
    const { connectionManager, peerStore } = this.#components
    for (const peer of new Set(connectionManager.getConnections().map(({ remotePeer }) => remotePeer))) {
      const known = await peerStore.get(peer).catch(() => undefined)
      if (known?.protocols.includes(KAD_PROTOCOL) !== true || !this.#awake) continue
      // Who is of no use to the table, it refuses.
      await this.#kad.routingTable.add(peer).catch(() => undefined)
    }
  }

  #admits(peer: PeerIdString): boolean {
    return this.#mayServe?.(peer) ?? true
  }

  readonly #handle: KadDHTComponents['registrar']['handle'] = (protocol, handler, options) => {
    const guarded: StreamHandler = (stream, connection) => {
      if (this.#admits(connection.remotePeer.toString() as PeerIdString)) return handler(stream, connection)
      queueMicrotask(() => stream.abort(new Error('the DHT is for nodes of listed SPs')))
    }
    return this.#components.registrar.handle(protocol, guarded, options)
  }

  readonly #onHeard = (event: Event): void => {
    const { id, multiaddrs } = (event as CustomEvent<PeerInfo>).detail
    this.#contacts.hear(id, multiaddrs)
  }

  /** The table names who is connected: a dead entry would be told to others and dialled by every query. */
  readonly #onDisconnect = ({ detail: peer }: Libp2pEvents['peer:disconnect']): void => {
    // It fails only while the table is not running, and then there is nothing to remove.
    this.#kad.routingTable.remove(peer).catch(() => undefined)
  }

  /** Who is connected lives: our own pings end connections that nothing comes over. */
  #lives(peer: PeerId): number {
    if (openConnection(this.#components.connectionManager, peer) !== undefined) return 0
    throw new UnreachableError(`dht: ${peer} is not connected`)
  }

  #usable({ id, multiaddrs }: PeerInfo): PeerInfo {
    if (id.equals(this.#components.peerId)) return { id, multiaddrs: [] }
    const rules = { allowPrivate: this.#init.allowPrivate, max: MAX_ADDRESSES }
    const addresses = usableAddresses(multiaddrs, rules).map(text => multiaddr(text))
    return { id, multiaddrs: addresses.map(address => address.decapsulateCode(CODE_P2P)) }
  }
}

function refuse(): never {
  throw new Error('this DHT keeps provider records only')
}
