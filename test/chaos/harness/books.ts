import type { BookChange, BookContents, BookStore } from '../../../src/store/book.js'
import { memoryBook } from '../../../src/store/book-memory.js'

/** A peer book on disk that remembers what was written into it. */
export interface KeptBook {
  readonly store: BookStore
  /** Every peer id that was ever put on disk. */
  readonly written: ReadonlySet<string>
}

const books = new Map<string, BookStore>()

export function keptBook(dir: string): KeptBook {
  const inner = books.get(dir) ?? memoryBook()
  books.set(dir, inner)
  const written = new Set<string>()
  const store: BookStore = {
    kind: inner.kind,
    open: () => inner.open(),
    close: () => inner.close(),
    load: () => inner.load(),
    write: async (change: BookChange) => {
      for (const { peerId } of change.put ?? []) written.add(peerId)
      await inner.write(change)
    },
    sizeBytes: () => inner.sizeBytes()
  }
  return { store, written }
}

/** What is on disk, read while no node has it open. */
export async function readBook(dir: string): Promise<BookContents> {
  const { store } = keptBook(dir)
  await store.open()
  try {
    return await store.load()
  } finally {
    await store.close()
  }
}
