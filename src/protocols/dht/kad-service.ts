/**
 * Upstream: @libp2p/kad-dht 16.4.5, `KadDHT` serves any peer and requires libp2p's ping service, which opens streams of its
 * own; `RoutingTable` queues 16,384 peers that answers named, and its `closestPeerTagger` parses forty public keys every 5 s
 * for tags that our peer store drops.
 */
import type { Connection, Libp2pEvents, PeerId, PeerInfo, Startable, StreamHandler } from '@libp2p/interface'
import { type KadDHT, type KadDHTComponents, kadDHT } from '@libp2p/kad-dht'
import { CODE_P2P, multiaddr } from '@multiformats/multiaddr'
import type { PeerIdString, SpAddress } from '../../domain/brands.js'
import type { GuestTier } from '../../domain/guest.js'
import { UnreachableError } from '../../errors.js'
import { withDeadline } from '../../kit/clock.js'
import { overriding } from '../../kit/overriding.js'
import type { HintedNode } from '../../peers/index.js'
import { usableAddresses } from '../addresses/usable.js'
import { type AskPeerOptions, askPeer } from './ask-peer.js'
import { AskTurns } from './ask-turns.js'
import { Contacts } from './contacts.js'
import type { Dht, DhtComponents, DhtInit } from './index.js'
import { KAD_PROTOCOL, MAX_ADDRESSES, recordGroup, spKey } from './protocol.js'
import { ProviderRecords } from './records.js'
import { DhtRequests } from './requests.js'
import { TableMembers } from './table-members.js'
import { boundAnswers, isUsable, openConnection, type WithNetwork, withoutDialling } from './walk.js'

/** Nodes that a record is sent to, and providers after which a query ends. */
const BUCKET = 6
const PARALLEL = 3
/** Disjoint paths of a query: more would ask more nodes for the same. */
const PATHS = 1
/** Time until the first query for our own id, when bootstrap nodes are connected, and between later ones, ms. */
const FIRST_LOOK_MS = 60_000
const LOOK_EVERY_MS = 10 * 60_000
const STREAMS = 16
const REQUEST_MS = 5_000
const CONTACT_MS = 5_000
const MAX_FOUND = 16
/** Nodes taken of each SP that a peer is asked for. */
const MAX_ASKED = 3
/** Nodes that answers named, and that wait to be looked at for the table: those of some answers. */
const MAX_TABLE_UPDATES = 256

/** Methods of the routing table that kad-dht's interface does not declare. */
interface WithTable {
  readonly routingTable: {
    add(peer: PeerId): Promise<void>
    remove(peer: PeerId): Promise<void>
    closestPeers(kadId: Uint8Array): PeerId[]
    /** Tags peers in the peer store; ours has no tags, and each round parses forty public keys. */
    readonly closestPeerTagger?: { stop(): void }
  }
}

/** Bounds kad-dht: which peers it serves, what it stores, which peers it contacts and takes for alive. */
export class KadService implements Dht, Startable {
  readonly #components: DhtComponents
  readonly #init: DhtInit
  readonly #kad: KadDHT & Startable & EventTarget & WithTable
  readonly #requests: DhtRequests
  readonly #contacts: Contacts
  readonly #records: ProviderRecords
  #started = false
  readonly #turns = new AskTurns()
  readonly #members: TableMembers
  #awake = false
  #tierOf: ((peer: PeerIdString) => GuestTier) | undefined

  constructor(components: DhtComponents, init: DhtInit) {
    this.#components = components
    this.#init = init
    const { allowPrivate, clock, mode } = init
    const { peerId, addressManager, peerStore, registrar, connectionManager } = components
    const ownAddresses = () => addressManager.getAddresses()
    const records = new ProviderRecords({ clock, self: peerId.toString() })
    this.#records = records
    const contacts = new Contacts({ self: peerId, ownAddresses, peerStore, records, allowPrivate, clock })
    this.#contacts = contacts
    const tierOf = (peer: PeerIdString): GuestTier => this.#tierOf?.(peer) ?? 'claimed'
    this.#members = new TableMembers({ connectionManager, peerStore, tierOf, table: () => this.#kad.routingTable })
    const make = kadDHT({
      protocol: KAD_PROTOCOL,
      clientMode: mode === 'client',
      kBucketSize: BUCKET,
      alpha: PARALLEL,
      disjointPaths: PATHS,
      // Without peers a query ends at once, instead of waiting for the first query for our own id.
      allowQueryWithZeroPeers: true,
      initialQuerySelfInterval: FIRST_LOOK_MS,
      querySelfInterval: LOOK_EVERY_MS,
      maxInboundStreams: STREAMS,
      maxOutboundStreams: STREAMS,
      networkDialTimeout: { maxTimeout: REQUEST_MS },
      onPeerConnectTimeout: CONTACT_MS,
      pingNewContactConcurrency: PARALLEL,
      pingOldContactConcurrency: PARALLEL,
      routingTableUpdateMaxQueueSize: MAX_TABLE_UPDATES,
      peerInfoMapper: peer => this.#usable(peer),
      // Provider records only: nobody stores values with us.
      validators: { pk: refuse, ipns: refuse }
    })
    const kad = make({
      peerId,
      privateKey: components.privateKey,
      registrar: overriding(registrar, { handle: this.#handle }),
      addressManager,
      peerStore: contacts.asPeerStore(),
      connectionManager: withoutDialling(connectionManager),
      datastore: records as unknown as KadDHTComponents['datastore'],
      events: components.events,
      logger: components.logger,
      ping: { ping: async peer => this.#members.ping(peer as PeerId) }
    }) as KadDHT & Startable & EventTarget & WithTable & WithNetwork
    boundAnswers(kad)
    this.#kad = kad
    const own = { self: peerId, ownAddresses, allowPrivate }
    this.#requests = new DhtRequests({ ...own, clock, records, contacts, tierOf, table: kad.routingTable })
  }

  /** Runs nothing until `wake`. */
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
    await this.#members.addConnected(() => this.#awake)
  }

  async stop(): Promise<void> {
    this.#started = false
    if (!this.#awake) return
    this.#awake = false
    this.#kad.removeEventListener('peer', this.#onHeard)
    this.#components.events.removeEventListener('peer:disconnect', this.#onDisconnect)
    await this.#kad.stop()
  }

  admit(tierOf: ((peer: PeerIdString) => GuestTier) | undefined): void {
    this.#tierOf = tierOf
  }

  async provide(sp: SpAddress, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    await this.#members.addPromoted()
    let told = 0
    for await (const event of this.#kad.provide(await spKey(sp), { signal })) {
      if (event.name === 'PEER_RESPONSE' && event.messageName === 'ADD_PROVIDER') told++
    }
    if (told === 0) throw new UnreachableError('dht: nobody took our record')
  }

  async *ask(
    sps: readonly SpAddress[],
    { self: sp, signal }: { readonly self: SpAddress; readonly signal: AbortSignal }
  ): AsyncGenerator<readonly HintedNode[]> {
    const { peerId, addressManager } = this.#components
    const multiaddrs = addressManager.getAddresses().map(address => address.decapsulateCode(CODE_P2P).bytes)
    const self = { sp, id: peerId.toMultihash().bytes, multiaddrs: multiaddrs.slice(0, MAX_ADDRESSES) }
    const missing = new Set(sps)
    const ours = (await Promise.all(sps.map(one => this.#recordsOf(one)))).flat()
    for (const { sp } of ours) if (sp !== undefined) missing.delete(sp)
    if (ours.length > 0) yield ours
    if (missing.size === 0) return
    const next = this.#turns.next([...missing])
    const connection = await this.#connectionToAsk()
    const asked = connection && (await this.#askOne(connection, next, self, signal))
    if (asked !== undefined && asked.length > 0) yield asked
  }

  async *find(sp: SpAddress, { signal }: { readonly signal: AbortSignal }): AsyncGenerator<readonly HintedNode[]> {
    await this.#members.addPromoted()
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

  /** No nodes from a peer that does not answer, or answers wrongly. */
  async #askOne(
    connection: Connection,
    sps: readonly SpAddress[],
    self: AskPeerOptions['self'],
    signal: AbortSignal
  ): Promise<readonly HintedNode[]> {
    const { allowPrivate, clock } = this.#init
    const options = { self, allowPrivate, maxNodes: MAX_ASKED }
    return await withDeadline(clock, REQUEST_MS, signal, bound =>
      askPeer(connection, sps, { ...options, signal: bound })
    ).catch(() => [])
  }

  /** The providers of an SP by the records that we keep ourselves. */
  async #recordsOf(sp: SpAddress): Promise<HintedNode[]> {
    const peers = this.#records.providersOf(recordGroup((await spKey(sp)).multihash.bytes)) as readonly PeerIdString[]
    const self = this.#components.peerId.toString()
    return peers
      .map(peerId => ({ peerId, addresses: this.#contacts.addressesOf(peerId), sp }))
      .filter(({ peerId, addresses }) => peerId !== self && addresses.length > 0)
  }

  /** The peer connected longest, which has received the most records; every other turn a random one, which may have others. */
  async #connectionToAsk(): Promise<Connection | undefined> {
    const open = this.#components.connectionManager.getConnections().filter(isUsable)
    const first = Math.floor(Math.random() * open.length)
    const order = this.#turns.isOdd
      ? [...open.slice(first), ...open.slice(0, first)]
      : open.sort((a, b) => a.timeline.open - b.timeline.open)
    for (const connection of order) if (await this.#members.speaksKad(connection.remotePeer)) return connection
    return undefined
  }

  /** What kad-dht would do with a request is done by {@link DhtRequests}. */
  readonly #handle: KadDHTComponents['registrar']['handle'] = (protocol, _handler, options) => {
    const bounded: StreamHandler = (stream, connection) => {
      void this.#members.addPromoted(connection.remotePeer.toString() as PeerIdString)
      return this.#requests.serve(stream, connection)
    }
    return this.#components.registrar.handle(protocol, bounded, options)
  }

  readonly #onHeard = (event: Event): void => {
    const { id, multiaddrs } = (event as CustomEvent<PeerInfo>).detail
    // A connected node says itself where it is.
    if (openConnection(this.#components.connectionManager, id) === undefined) this.#contacts.hear(id, multiaddrs)
  }

  readonly #onDisconnect = ({ detail: peer }: Libp2pEvents['peer:disconnect']): void => this.#members.left(peer)

  #usable({ id, multiaddrs }: PeerInfo): PeerInfo {
    if (id.equals(this.#components.peerId)) return { id, multiaddrs: [] }
    const rules = { allowPrivate: this.#init.allowPrivate, max: MAX_ADDRESSES }
    return { id, multiaddrs: usableAddresses(multiaddrs, rules).map(text => multiaddr(text)) }
  }
}

function refuse(): never {
  throw new Error('this DHT keeps provider records only')
}
