/**
 * Upstream: @libp2p/kad-dht 16.4.5, `RPC.onIncomingStream` serves any peer, without a rate; `KadDHT` requires libp2p's ping
 * service, which opens streams of its own; `RoutingTable` keeps peers that have disconnected, and its `closestPeerTagger`
 * parses forty public keys every 5 s for tags that our peer store drops.
 */
import type { Connection, Libp2pEvents, PeerId, PeerInfo, Startable, StreamHandler } from '@libp2p/interface'
import { type KadDHT, type KadDHTComponents, kadDHT } from '@libp2p/kad-dht'
import { CODE_P2P, multiaddr } from '@multiformats/multiaddr'
import type { PeerIdString, SpAddress } from '../../domain/brands.js'
import { UnreachableError } from '../../errors.js'
import { withDeadline } from '../../kit/clock.js'
import { overriding } from '../../kit/overriding.js'
import type { HintedNode } from '../../peers/index.js'
import { usableAddresses } from '../addresses/usable.js'
import { type AskPeerOptions, askPeer } from './ask-peer.js'
import { Contacts } from './contacts.js'
import type { Dht, DhtComponents, DhtInit } from './index.js'
import { KAD_PROTOCOL, MAX_ADDRESSES, recordGroup, spKey } from './protocol.js'
import { ProviderRecords } from './records.js'
import { isUsable, openConnection, withoutDialling } from './walk.js'

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
/** SPs asked for on one stream, and nodes taken of each. */
const MAX_KEYS = 64
const MAX_ASKED = 3

/** Methods of the routing table that kad-dht's interface does not declare. */
interface WithTable {
  readonly routingTable: {
    add(peer: PeerId): Promise<void>
    remove(peer: PeerId): Promise<void>
    /** Tags peers in the peer store; ours has no tags, and each round parses forty public keys. */
    readonly closestPeerTagger?: { stop(): void }
  }
}

/** Bounds kad-dht: which peers it serves, what it stores, which peers it contacts and takes for alive. */
export class KadService implements Dht, Startable {
  readonly #components: DhtComponents
  readonly #init: DhtInit
  readonly #kad: KadDHT & Startable & EventTarget & WithTable
  readonly #contacts: Contacts
  readonly #records: ProviderRecords
  #started = false
  /** SPs already asked for in this turn; a turn asks for every missing SP once. */
  readonly #askedInTurn = new Set<SpAddress>()
  #turn = 0
  #awake = false
  #mayServe: ((peer: PeerIdString) => boolean) | undefined

  constructor(components: DhtComponents, init: DhtInit) {
    this.#components = components
    this.#init = init
    const { allowPrivate, clock, mode } = init
    const { peerId, addressManager, peerStore, registrar, connectionManager } = components
    const ownAddresses = () => addressManager.getAddresses()
    const contacts = new Contacts({ self: peerId, ownAddresses, peerStore, allowPrivate })
    this.#contacts = contacts
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
      peerInfoMapper: peer => this.#usable(peer),
      // Provider records only: nobody stores values with us.
      validators: { pk: refuse, ipns: refuse }
    })
    const records = new ProviderRecords({ now: () => clock.monotonic(), isKnown: peer => contacts.has(peer) })
    this.#records = records
    this.#kad = make({
      peerId,
      privateKey: components.privateKey,
      registrar: overriding(registrar, { handle: this.#handle }),
      addressManager,
      peerStore: contacts.asPeerStore(),
      connectionManager: withoutDialling(connectionManager),
      datastore: records as unknown as KadDHTComponents['datastore'],
      events: components.events,
      logger: components.logger,
      ping: { ping: async peer => this.#isAlive(peer as PeerId) }
    }) as KadDHT & Startable & EventTarget & WithTable
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
    await this.#addConnected()
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
    const next = this.#nextInTurn([...missing])
    const connection = await this.#connectionToAsk()
    const asked = connection && (await this.#askOne(connection, next, self, signal))
    if (asked !== undefined && asked.length > 0) yield asked
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
    const peers = this.#records.providersOf(recordGroup(await spKey(sp))) as readonly PeerIdString[]
    const self = this.#components.peerId.toString()
    return peers
      .map(peerId => ({ peerId, addresses: this.#contacts.addressesOf(peerId), sp }))
      .filter(({ peerId, addresses }) => peerId !== self && addresses.length > 0)
  }

  /** Adds connected peers to the routing table: kad-dht itself sees only those that connect or identify after `wake`. */
  async #addConnected(): Promise<void> {
    const { connectionManager } = this.#components
    for (const peer of new Set(connectionManager.getConnections().map(({ remotePeer }) => remotePeer))) {
      if (!(await this.#speaksKad(peer)) || !this.#awake) continue
      // The table rejects peers that it has no room for.
      await this.#kad.routingTable.add(peer).catch(() => undefined)
    }
  }

  async #speaksKad(peer: PeerId): Promise<boolean> {
    const known = await this.#components.peerStore.get(peer).catch(() => undefined)
    return known?.protocols.includes(KAD_PROTOCOL) === true
  }

  /** At most {@link MAX_KEYS} of them, those not yet asked for in this turn first. */
  #nextInTurn(missing: readonly SpAddress[]): readonly SpAddress[] {
    let waiting = missing.filter(sp => !this.#askedInTurn.has(sp))
    if (waiting.length === 0) {
      this.#turn++
      this.#askedInTurn.clear()
      waiting = [...missing]
    }
    const next = [...new Set([...waiting, ...missing])].slice(0, MAX_KEYS)
    for (const sp of next) this.#askedInTurn.add(sp)
    return next
  }

  /** The peer connected longest, which has received the most records; every other turn a random one, which may have others. */
  async #connectionToAsk(): Promise<Connection | undefined> {
    const open = this.#components.connectionManager.getConnections().filter(isUsable)
    const first = Math.floor(Math.random() * open.length)
    const order =
      this.#turn % 2 === 0
        ? open.sort((a, b) => a.timeline.open - b.timeline.open)
        : [...open.slice(first), ...open.slice(0, first)]
    for (const connection of order) if (await this.#speaksKad(connection.remotePeer)) return connection
    return undefined
  }

  readonly #handle: KadDHTComponents['registrar']['handle'] = (protocol, handler, options) => {
    const guarded: StreamHandler = (stream, connection) => {
      const peer = connection.remotePeer.toString() as PeerIdString
      if (this.#mayServe?.(peer) !== false) return handler(stream, connection)
      queueMicrotask(() => stream.abort(new Error('the DHT is for nodes of listed SPs')))
    }
    return this.#components.registrar.handle(protocol, guarded, options)
  }

  readonly #onHeard = (event: Event): void => {
    const { id, multiaddrs } = (event as CustomEvent<PeerInfo>).detail
    this.#contacts.hear(id, multiaddrs)
  }

  /** Keeps connected peers only: a dead entry would be named to others and tried by every query. */
  readonly #onDisconnect = ({ detail: peer }: Libp2pEvents['peer:disconnect']): void => {
    // Rejects only while the table is not running: then it is empty.
    this.#kad.routingTable.remove(peer).catch(() => undefined)
  }

  /** A connected peer is alive: our own pings close dead connections. @returns 0, the round trip in ms */
  #isAlive(peer: PeerId): number {
    if (openConnection(this.#components.connectionManager, peer) !== undefined) return 0
    throw new UnreachableError(`dht: ${peer} is not connected`)
  }

  #usable({ id, multiaddrs }: PeerInfo): PeerInfo {
    if (id.equals(this.#components.peerId)) return { id, multiaddrs: [] }
    const rules = { allowPrivate: this.#init.allowPrivate, max: MAX_ADDRESSES }
    return { id, multiaddrs: usableAddresses(multiaddrs, rules).map(text => multiaddr(text)) }
  }
}

function refuse(): never {
  throw new Error('this DHT keeps provider records only')
}
