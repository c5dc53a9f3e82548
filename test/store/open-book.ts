// Opens the peer book of argv[2] and prints what came of it, for tests that need another process.
import { StoreError } from '../../src/errors.js'
import { levelBook } from '../../src/store/book-level.js'

const [, , dir = ''] = process.argv
try {
  const book = levelBook({ dir })
  await book.open()
  await book.close()
  process.stdout.write('{"kind":"opened"}')
} catch (error) {
  if (!(error instanceof StoreError)) throw error
  process.stdout.write(JSON.stringify({ kind: error.kind, hint: error.hint }))
}
