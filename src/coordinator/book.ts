/** Decisions about joins, leaves and leases. Pure: each gives a new book. */
import { isDeepStrictEqual } from 'node:util'
import { MAX_LIST_ENTRIES, MAX_NODES_PER_SP } from '../chain/entry-rules.js'
import type { PeerIdString, SpAddress } from '../domain/brands.js'
import type { SpEntry, SpNode, SpStatus } from '../domain/registry.js'
import { CoordinatorRefusedError, NotFoundError } from '../errors.js'

export interface Member {
  readonly operatorAddress: SpAddress
  readonly approvalAddress: string
  readonly endpoint: string
  readonly status: SpStatus
  readonly nodes: readonly SpNode[]
  readonly reachable: boolean
  /** Highest serial it used. */
  readonly serial: number
  /** `left` may join again; `removed` may not, until the coordinator's operator restores it. */
  readonly standing: 'listed' | 'left' | 'removed'
}

export interface Book {
  /** Rises with every change of what is served. */
  readonly sequence: bigint
  readonly members: ReadonlyMap<SpAddress, Member>
}

export const emptyBook: Book = { sequence: 0n, members: new Map() }

/** The list as it is served. */
export const entriesOf = (book: Book): readonly SpEntry[] =>
  [...book.members.values()].flatMap(member => entryOf(member) ?? [])

function entryOf(member: Member | undefined): SpEntry | undefined {
  if (member?.standing !== 'listed') return undefined
  const { operatorAddress, approvalAddress, endpoint, status, nodes, reachable } = member
  return { operatorAddress, approvalAddress, endpoint, status, nodes, reachable }
}

/** Whether a node holds a lease now. */
export type Leased = (peerId: PeerIdString) => boolean

/** A join whose signature is good. */
export interface AcceptedJoin extends Pick<SpEntry, 'operatorAddress' | 'approvalAddress' | 'endpoint' | 'nodes'> {
  readonly serial: number
  /** These are all nodes of the SP; otherwise they are added. */
  readonly replace: boolean
}

export interface AcceptedLeave {
  readonly operatorAddress: SpAddress
  readonly serial: number
  readonly peerIds: readonly PeerIdString[]
}

/** @throws CoordinatorRefusedError */
export function join(book: Book, request: AcceptedJoin, leased: Leased): Book {
  const known = book.members.get(request.operatorAddress)
  if (known === undefined && book.members.size >= MAX_LIST_ENTRIES) {
    throw new CoordinatorRefusedError('full', `the list holds ${MAX_LIST_ENTRIES} SPs`)
  }
  if (known?.standing === 'removed') {
    const message = `SP ${known.operatorAddress} was removed by the coordinator's operator`
    throw new CoordinatorRefusedError('removed', message)
  }
  requireNewSerial(known, request.serial)
  for (const { peerId } of request.nodes) requireFree(book, peerId, request.operatorAddress)
  const merged = known?.standing === 'listed' && !request.replace ? known : undefined
  return put(book, {
    operatorAddress: request.operatorAddress,
    // A node configured with neither must not clear them: otherwise the entry would change with every renewal.
    approvalAddress: request.approvalAddress || merged?.approvalAddress || '',
    endpoint: request.endpoint || merged?.endpoint || '',
    status: known?.status ?? 'IN_SERVICE',
    nodes: mergeNodes(merged?.nodes ?? [], request.nodes, leased),
    reachable: true,
    serial: request.serial,
    standing: 'listed'
  })
}

/** An SP that leaves is off the list; one that takes its last node away too, since without any it would be open. */
export function leave(book: Book, request: AcceptedLeave): Book {
  const member = book.members.get(request.operatorAddress)
  if (member === undefined) throw new NotFoundError('SP', request.operatorAddress)
  requireNewSerial(member, request.serial)
  const nodes = member.nodes.filter(node => !request.peerIds.includes(node.peerId))
  const stays = member.standing === 'listed' && request.peerIds.length > 0 && nodes.length > 0
  return put(book, {
    ...member,
    serial: request.serial,
    nodes: stays ? nodes : [],
    standing: stays || member.standing === 'removed' ? member.standing : 'left'
  })
}

/** Marks members by their leases: one that ran out makes an SP unreachable and removes nothing. */
export function expire(book: Book, leased: Leased): Book {
  let next = book
  for (const member of book.members.values()) {
    const reachable = member.nodes.some(node => leased(node.peerId))
    if (member.standing === 'listed' && reachable !== member.reachable) next = put(next, { ...member, reachable })
  }
  return next
}

/** What the coordinator's operator says about a member. @throws NotFoundError */
export function command(book: Book, sp: SpAddress, change: Partial<Pick<Member, 'status' | 'standing'>>): Book {
  const member = book.members.get(sp)
  if (member === undefined) throw new NotFoundError('SP', sp)
  return put(book, { ...member, ...change, nodes: change.standing === undefined ? member.nodes : [] })
}

function put(book: Book, member: Member): Book {
  const members = new Map(book.members).set(member.operatorAddress, member)
  const changed = !isDeepStrictEqual(entryOf(book.members.get(member.operatorAddress)), entryOf(member))
  return { sequence: changed ? book.sequence + 1n : book.sequence, members }
}

/** New nodes and new addresses; when the entry is full, nodes without a lease are dropped. */
function mergeNodes(before: readonly SpNode[], named: readonly SpNode[], leased: Leased): readonly SpNode[] {
  const others = before.filter(node => !named.some(({ peerId }) => peerId === node.peerId))
  const surplus = others.length + named.length - MAX_NODES_PER_SP
  const gone = new Set(others.filter(node => !leased(node.peerId)).slice(0, Math.max(0, surplus)))
  if (gone.size < surplus) {
    const message = `nodes: expected at most ${MAX_NODES_PER_SP} of one SP, it has ${others.length} others`
    throw new CoordinatorRefusedError('full', message)
  }
  // A known node keeps its place in the list, so that a renewal changes nothing.
  const kept = before.flatMap(
    node => named.find(({ peerId }) => peerId === node.peerId) ?? (gone.has(node) ? [] : node)
  )
  return [...kept, ...named.filter(({ peerId }) => !before.some(node => node.peerId === peerId))]
}

function requireFree(book: Book, peerId: PeerIdString, sp: SpAddress): void {
  for (const member of book.members.values()) {
    if (member.operatorAddress !== sp && member.nodes.some(node => node.peerId === peerId)) {
      const message = `peer id ${peerId}: expected one that no other SP names, SP ${member.operatorAddress} does`
      throw new CoordinatorRefusedError('peer-taken', message)
    }
  }
}

/** Carries the last serial, from which an honest client continues. */
export class SerialError extends CoordinatorRefusedError {
  constructor(
    serial: number,
    readonly lastSerial: number
  ) {
    super('serial', `serial: expected one above ${lastSerial}, got ${serial}`)
  }
}

function requireNewSerial(member: Member | undefined, serial: number): void {
  if (member !== undefined && serial <= member.serial) throw new SerialError(serial, member.serial)
}
