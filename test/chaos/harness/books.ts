import { type BookChange, type BookContents, type BookRecord, type BookStore, levelBook } from '../../../src/index.js'

/** A peer book on disk that remembers what was written into it. */
export interface KeptBook {
  readonly store: BookStore
  /** Every peer id that was ever put on disk. */
  readonly written: ReadonlySet<string>
}

export function keptBook(dir: string): KeptBook {
  const inner = levelBook({ dir })
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
export const readBook = (dir: string): Promise<BookContents> => opened(dir, store => store.load())

export const fillBook = (dir: string, put: readonly BookRecord[]): Promise<void> =>
  opened(dir, store => store.write({ put }))

async function opened<T>(dir: string, use: (store: BookStore) => Promise<T>): Promise<T> {
  const store = levelBook({ dir })
  await store.open()
  try {
    return await use(store)
  } finally {
    await store.close()
  }
}
