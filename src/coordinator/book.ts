/** Decisions about joins, leaves and leases. Pure: each gives a new book. */
import { isDeepStrictEqual } from 'node:util'
import { MAX_SERIAL_AHEAD_MS } from '../chain/coordinator/messages.js'
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
  /** When a node's own key last said that it speaks for this SP, Unix ms, by peer id. */
  readonly proven: Proven
}

export type Proven = Readonly<Record<PeerIdString, number>>

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
  /** The nodes whose keys signed, with the time they did. */
  readonly proven: Proven
}

export interface AcceptedLeave {
  readonly operatorAddress: SpAddress
  readonly serial: number
  readonly peerIds: readonly PeerIdString[]
}

/** @param now Unix ms. @throws CoordinatorRefusedError */
export function join(book: Book, request: AcceptedJoin, leased: Leased, now: number): Book {
  const known = book.members.get(request.operatorAddress)
  if (known === undefined && book.members.size >= MAX_LIST_ENTRIES) {
    throw new CoordinatorRefusedError('full', `the list holds ${MAX_LIST_ENTRIES} SPs`)
  }
  if (known?.standing === 'removed') {
    const message = `SP ${known.operatorAddress} was removed by the coordinator's operator`
    throw new CoordinatorRefusedError('removed', message)
  }
  requireNewSerial(known, request.serial, now)
  const merged = known?.standing === 'listed' && !request.replace ? known : undefined
  const nodes = mergeNodes(merged?.nodes ?? [], request.nodes, leased)
  return put(freed(book, request), {
    operatorAddress: request.operatorAddress,
    // A node configured with neither must not clear them: otherwise the entry would change with every renewal.
    approvalAddress: request.approvalAddress || merged?.approvalAddress || '',
    endpoint: request.endpoint || merged?.endpoint || '',
    status: known?.status ?? 'IN_SERVICE',
    nodes,
    proven: provenOf(nodes, { ...known?.proven, ...request.proven }),
    reachable: true,
    serial: request.serial,
    standing: 'listed'
  })
}

/** An SP that leaves is off the list; one that takes its last node away too, since without any it would be open. */
export function leave(book: Book, request: AcceptedLeave, now: number): Book {
  const member = book.members.get(request.operatorAddress)
  if (member === undefined) throw new NotFoundError('SP', request.operatorAddress)
  requireNewSerial(member, request.serial, now)
  const all = request.peerIds.length === 0
  return put(book, { ...without(member, all ? undefined : request.peerIds), serial: request.serial })
}

/** The member without these of its nodes, or without any. */
function without(member: Member, peerIds: readonly PeerIdString[] | undefined): Member {
  const nodes = peerIds === undefined ? [] : member.nodes.filter(node => !peerIds.includes(node.peerId))
  const stays = member.standing === 'listed' && nodes.length > 0
  return {
    ...member,
    nodes: stays ? nodes : [],
    proven: provenOf(stays ? nodes : [], member.proven),
    standing: stays || member.standing === 'removed' ? member.standing : 'left'
  }
}

const provenOf = (nodes: readonly SpNode[], proven: Proven): Proven =>
  Object.fromEntries(nodes.flatMap(({ peerId }) => (proven[peerId] === undefined ? [] : [[peerId, proven[peerId]]])))

/** Marks members by their leases: one that ran out makes an SP unreachable and removes nothing. */
export function expire(book: Book, leased: Leased): Book {
  const changed = [...book.members.values()].flatMap(member => {
    const reachable = member.nodes.some(node => leased(node.peerId))
    return member.standing === 'listed' && reachable !== member.reachable ? [{ ...member, reachable }] : []
  })
  if (changed.length === 0) return book
  const members = new Map(book.members)
  for (const member of changed) members.set(member.operatorAddress, member)
  return { sequence: book.sequence + 1n, members }
}

/** What the coordinator's operator says about a member. @throws NotFoundError */
export function command(book: Book, sp: SpAddress, change: Partial<Pick<Member, 'status' | 'standing'>>): Book {
  const member = book.members.get(sp)
  if (member === undefined) throw new NotFoundError('SP', sp)
  return put(book, { ...member, ...change, ...(change.standing !== undefined && { nodes: [], proven: {} }) })
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

/**
 * The book in which no other SP names the nodes of a join. Another's claim gives way to a later proof by the node's own
 * key. @throws CoordinatorRefusedError
 */
function freed(book: Book, { operatorAddress, nodes, proven }: AcceptedJoin): Book {
  const named = new Set(nodes.map(({ peerId }) => peerId))
  let next = book
  for (const member of book.members.values()) {
    const claimed = member.nodes.flatMap(({ peerId }) => (named.has(peerId) ? [peerId] : []))
    if (member.operatorAddress === operatorAddress || claimed.length === 0) continue
    const taken = claimed.find(peerId => (proven[peerId] ?? 0) <= (member.proven[peerId] ?? 0))
    if (taken !== undefined) {
      const message = `peer id ${taken}: expected one that no other SP names, SP ${member.operatorAddress} does`
      throw new CoordinatorRefusedError('peer-taken', message)
    }
    next = put(next, without(member, claimed))
  }
  return next
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

/** A serial from a clock that was ahead by more than a request may be shuts nobody out. */
function requireNewSerial(member: Member | undefined, serial: number, now: number): void {
  const last = member === undefined || member.serial > now + MAX_SERIAL_AHEAD_MS ? 0 : member.serial
  if (serial <= last) throw new SerialError(serial, last)
}
