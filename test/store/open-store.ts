// Opens the store of argv[2] and prints what came of it, for tests that need another process.
import { StoreError } from '../../src/errors.js'
import { levelStore } from '../../src/store/level.js'

const [, , dir = ''] = process.argv
try {
  const store = levelStore({ dir })
  await store.open()
  await store.close()
  process.stdout.write('{"kind":"opened"}')
} catch (error) {
  if (!(error instanceof StoreError)) throw error
  process.stdout.write(JSON.stringify({ kind: error.kind, code: error.code, hint: error.hint, message: error.message }))
}
