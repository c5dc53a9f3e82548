/** A node as it is on disk. */
import { changed, type Node, newNode } from '../domain/node.js'
import type { BookRecord } from '../store/book.js'

export function bookRecord(node: Node): BookRecord {
  const { peerId, sp, standing, proven, source, addresses, rttMs, firstSeen, lastSuccess, failures, lastError } = node
  return { peerId, sp, standing, proven, source, addresses, rttMs, firstSeen, lastSuccess, failures, lastError }
}

export const fromBook = (record: BookRecord): Node =>
  changed(newNode(record.peerId, record.source, record.firstSeen), record)
