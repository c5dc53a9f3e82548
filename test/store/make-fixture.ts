/**
 * Writes the stores of test/store/fixtures. `node dist/test/store/make-fixture.js CHECKOUT DIR` lets the approver of a
 * built checkout of an older version grant in its own format, so nothing of this tree's store is used.
 *
 * fixtures/0.1.0 was written by commit 767b5ba's parent, the last one with format 1.
 */
import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

/** One ask that was granted, and what its asker was sent. */
export interface FixtureGrant {
  readonly asker: string
  readonly objectId: string
  readonly from: string
  readonly state: 'live' | 'consumed' | 'released'
  readonly reservedBytes: string
  readonly expiredHeight: string
  readonly createTime: string
  readonly askDigest: string
  /** Wire bytes, hex. */
  readonly ask: string
  readonly answer: string
}

const [, , checkout = '', target = ''] = process.argv
if (checkout === '' || target === '') throw new Error('usage: make-fixture.js CHECKOUT DIR')
const of = async (file: string) => await import(pathToFileURL(join(resolve(checkout), 'dist', file)).href)
const { approverFixture, ask, NOW } = await of('test/protocols/granting/approver-fixture.js')
const { levelStore } = await of('src/store/level.js')

const dir = join(resolve(target), 'approvals')
const store = levelStore({ dir })
const { approver, ledger } = await approverFixture({}, store)
/** Asker, object id, and what became of the grant. */
const rows = [
  [1, '1', 'live'],
  [1, '2', 'consumed'],
  [1, '18446744073709551615', 'released'],
  [2, '1', 'live'],
  [3, '7', 'live']
] as const
const granted: FixtureGrant[] = []
for (const [n, id, state] of rows) {
  const asked = ask(n, { id, createTime: NOW + BigInt(granted.length) })
  const answer = await approver.handle(asked)
  const { key, asker, reservedBytes, expiredHeight, createTime, askDigest } = ledger.find(
    asked.task.askSpOperatorAddress,
    id
  )
  if (state === 'consumed') await ledger.consume(key)
  if (state === 'released') await ledger.release(key)
  granted.push({
    asker,
    objectId: id,
    from: asked.from,
    state,
    reservedBytes: `${reservedBytes}`,
    expiredHeight: `${expiredHeight}`,
    createTime: `${createTime}`,
    askDigest,
    ask: Buffer.from(asked.bytes).toString('hex'),
    answer: Buffer.from(answer).toString('hex')
  })
}
await store.putCreateTime('1', NOW)
await store.putCreateTime('9', NOW + 5n)
await ledger.stop()
await store.close()
for (const part of ['grants', 'nonces']) {
  for (const file of readdirSync(join(dir, part))) if (/^LO/.test(file)) rmSync(join(dir, part, file))
}
writeFileSync(join(resolve(target), 'grants.json'), `${JSON.stringify(granted, null, 2)}\n`)
