// Writes grants into the store of argv[2] until it is killed, eight at a time, from number argv[3] on; prints each
// number once its grant is acknowledged. Ends by itself with a line of JSON when the store refuses.
import { writeSync } from 'node:fs'
import type { Height } from '../../src/domain/brands.js'
import { StoreError } from '../../src/errors.js'
import { levelStore } from '../../src/store/level.js'
import { sampleGrant } from './sample-grant.js'

/** Heights rise fast, so that the mark is raised often. */
export const HEIGHT_STEP = 37n

// A file over the limit of its size is to be an error like a full disk, not the end of the process.
process.on('SIGXFSZ', () => undefined)

const [, , dir = '', first = '0'] = process.argv
const store = levelStore({ dir })
await store.open()
const put = async (number: number): Promise<void> => {
  await store.putGrant(sampleGrant(number, { expiredHeight: (BigInt(number) * HEIGHT_STEP) as Height }))
  writeSync(1, `${number}\n`)
}
try {
  for (let number = Number(first); ; number += 8) {
    await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map(step => put(number + step)))
  }
} catch (error) {
  if (!(error instanceof StoreError)) throw error
  writeSync(1, `${JSON.stringify({ kind: error.kind, message: error.message })}\n`)
  process.exit(0)
}
