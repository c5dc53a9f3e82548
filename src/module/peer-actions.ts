/** What an operator does with nodes: look at one, add, remove, ping, block. */

import { parseBootstrap } from '../codec/bootstrap.js'
import { parsePeerId } from '../codec/peer-id.js'
import type { PeerIdString } from '../domain/brands.js'
import { InvalidArgumentError, NotFoundError, SpApprovalError, UnreachableError } from '../errors.js'
import { withDeadline } from '../kit/clock.js'
import type { Metrics } from '../metrics.js'
import type { BookEvents, PeerRecord } from '../peers/index.js'
import type { RunningNode } from './node.js'
import type { Emit, Parts } from './parts.js'

/** Time a ping has unless the caller's signal ends it sooner. */
const PING_MS = 5_000

/** Changes of the peer book as events of the module. */
export const bookEvents = (emit: Emit, { peersPruned }: Metrics): BookEvents => ({
  added: ({ peerId, sp }) => emit('peer:added', { peerId, sp }),
  failed: ({ peerId, sp, lastError, failures }) =>
    emit('peer:failed', { peerId, sp, error: lastError ?? 'unknown', failures }),
  recovered: ({ peerId, sp }) => emit('peer:recovered', { peerId, sp }),
  pruned: ({ peerId, sp }, why) => {
    peersPruned.inc({ reason: why })
    emit('peer:pruned', { peerId, sp, why })
  }
})

/** @throws InvalidArgumentError, NotFoundError */
export function knownPeer({ book }: Parts, peerId: string): PeerRecord {
  const record = book.get(requirePeerId(peerId))
  if (record === undefined) throw new NotFoundError('peer', peerId)
  return record
}

/** @throws InvalidArgumentError */
export async function addPeer({ book, bookWriter }: Parts, node: RunningNode, entry: string): Promise<PeerRecord> {
  const { peerId, address } = parseBootstrap(entry)
  if (peerId === node.peerId) throw new InvalidArgumentError('peer', 'another node', 'our own peer id')
  const record = book.add(peerId, address)
  await bookWriter.flush()
  node.keeper.dialNow(peerId)
  return record
}

/** @throws InvalidArgumentError, NotFoundError */
export async function removePeer(parts: Parts, node: RunningNode | undefined, peerId: string): Promise<void> {
  const known = knownPeer(parts, peerId)
  parts.book.remove(known.peerId)
  await parts.bookWriter.flush()
  if (parts.book.get(known.peerId) === undefined) node?.keeper.hangUp(known.peerId)
}

/** @throws InvalidArgumentError, NotFoundError, UnreachableError */
export async function pingPeer(
  parts: Parts,
  node: RunningNode,
  peerId: string,
  signal: AbortSignal | undefined
): Promise<number> {
  const known = knownPeer(parts, peerId)
  try {
    return await withDeadline(parts.clock, PING_MS, signal, bound => node.wire.ping(known.peerId, { signal: bound }))
  } catch (error) {
    if (error instanceof SpApprovalError || signal?.aborted !== true) throw error
    throw new UnreachableError(`ping ${peerId}: aborted before the pong came`, { cause: error })
  }
}

/** @throws InvalidArgumentError, StoreError */
export async function blockPeer(parts: Parts, node: RunningNode | undefined, text: string): Promise<void> {
  const peerId = requirePeerId(text)
  if (peerId === node?.peerId) throw new InvalidArgumentError('peer', 'another node', 'our own peer id')
  await parts.bookStore.write({ block: [peerId] })
  parts.book.block(peerId)
  node?.keeper.hangUp(peerId)
}

/** @throws InvalidArgumentError, NotFoundError, StoreError */
export async function unblockPeer(parts: Parts, text: string): Promise<void> {
  const peerId = requirePeerId(text)
  if (!parts.book.isBlocked(peerId)) throw new NotFoundError('blocked peer', peerId)
  await parts.bookStore.write({ unblock: [peerId] })
  parts.book.unblock(peerId)
}

function requirePeerId(text: string): PeerIdString {
  const peerId = parsePeerId(text)
  if (peerId === undefined) throw new InvalidArgumentError('peer', 'a peer id', text)
  return peerId
}
