import type { PeerIdString } from '../domain/brands.js'
import { StoreError } from '../errors.js'
import type { BookChange, BookContents, BookRecord, BookStore } from './book.js'

/** A peer book that ends with the process: for tests and for modules without a data folder. */
export function memoryBook(contents: BookContents = { nodes: [], blocked: [] }): BookStore {
  const nodes = new Map<PeerIdString, BookRecord>(contents.nodes.map(node => [node.peerId, node]))
  const blocked = new Set<PeerIdString>(contents.blocked)
  let open = false
  const opened = (): void => {
    if (!open) throw new StoreError('closed', 'peer book: expected an open book, it is closed')
  }
  return {
    kind: 'memory',
    open: async () => {
      open = true
    },
    close: async () => {
      open = false
    },
    load: async () => {
      opened()
      return { nodes: [...nodes.values()], blocked: [...blocked] }
    },
    write: async ({ put = [], remove = [], block = [], unblock = [] }: BookChange) => {
      opened()
      for (const peerId of remove) nodes.delete(peerId)
      for (const node of put) nodes.set(node.peerId, node)
      for (const peerId of unblock) blocked.delete(peerId)
      for (const peerId of block) blocked.add(peerId)
    },
    sizeBytes: async () => 0
  }
}
