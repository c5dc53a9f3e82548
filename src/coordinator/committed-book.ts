import { SerialQueue } from '../kit/serial-queue.js'
import type { Book } from './book.js'
import { type Stored, saveBook } from './book-file.js'

/** The current book: changes are made one after another, and each is on disk before it is visible. */
export class CommittedBook {
  readonly #file: string
  #stored: Stored
  readonly #changes = new SerialQueue()
  #fault: unknown

  constructor(file: string, stored: Stored) {
    this.#file = file
    this.#stored = stored
  }

  get book(): Book {
    return this.#stored.book
  }

  /** Why the last write failed, until one succeeds. */
  get fault(): unknown {
    return this.#fault
  }

  /** @throws whatever `decide` throws | StoreError; nothing has changed then */
  change(decide: (book: Book) => Book): Promise<Book> {
    return this.#changes.run(async () => {
      const book = decide(this.#stored.book)
      if (book === this.#stored.book) return book
      const next = { ...this.#stored, book }
      try {
        await saveBook(this.#file, next)
        this.#fault = undefined
      } catch (error) {
        this.#fault = error
        throw error
      }
      this.#stored = next
      return book
    })
  }

  /** Resolves when no change is under way. */
  idle(): Promise<void> {
    return this.#changes.idle()
  }
}
