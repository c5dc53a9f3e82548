import { messageOf, StoreError } from '../errors.js'
import { SerialQueue } from '../kit/serial-queue.js'
import type { Book } from './book.js'
import { type Stored, saveBook } from './book-file.js'

/** The current book: changes are made one after another, and each is on disk before it is visible. */
export class CommittedBook {
  readonly #file: string
  #stored: Stored
  readonly #changes = new SerialQueue()
  readonly #onFault: (why: string) => void
  #isFailing = false

  /** @param onFault is told, for the operator, why a write failed after one that did not */
  constructor(file: string, stored: Stored, onFault: (why: string) => void) {
    this.#file = file
    this.#stored = stored
    this.#onFault = onFault
  }

  get book(): Book {
    return this.#stored.book
  }

  /** The last write failed. */
  get isFailing(): boolean {
    return this.#isFailing
  }

  /** @throws whatever `decide` throws | StoreError, which strangers may read; nothing has changed then */
  change(decide: (book: Book) => Book): Promise<Book> {
    return this.#changes.run(async () => {
      const book = decide(this.#stored.book)
      if (book === this.#stored.book) return book
      const next = { ...this.#stored, book }
      try {
        await saveBook(this.#file, next)
        this.#isFailing = false
      } catch (cause) {
        if (!this.#isFailing) this.#onFault(messageOf(cause))
        this.#isFailing = true
        throw new StoreError('io', 'the list cannot be written', { cause, hint: "the coordinator's log says why" })
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
