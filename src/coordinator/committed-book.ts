import { SerialQueue } from '../kit/serial-queue.js'
import type { Book } from './book.js'
import type { BookFile, Stored } from './book-file.js'

/** The book in force: changes one after another, each on disk before anybody sees it. */
export class CommittedBook {
  readonly #file: BookFile
  #stored: Stored
  readonly #changes = new SerialQueue()
  #fault: unknown

  constructor(file: BookFile, stored: Stored) {
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
      await this.#save(next)
      this.#stored = next
      return book
    })
  }

  /** Resolves when no change is under way. */
  idle(): Promise<void> {
    return this.#changes.idle()
  }

  async #save(next: Stored): Promise<void> {
    try {
      await this.#file.save(next)
      this.#fault = undefined
    } catch (error) {
      this.#fault = error
      throw error
    }
  }
}
