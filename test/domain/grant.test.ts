import t from 'tap'
import { fits, freeBytes, type GrantLimits, type Holdings, reservationBytes } from '../../src/domain/grant.js'
import { REDUNDANCY } from '../../src/domain/task.js'
import { completeObjectInfo, completeStorageParams, EMPTY_TASK } from '../../src/domain/task-defaults.js'

t.test('a reservation is the share of one chunk, rounded up, and all of it for REPLICA', async t => {
  const reserved = (payloadSize: bigint, redundantDataChunkNum: number, redundancyType: number = REDUNDANCY.EC) => {
    const { versionedParams } = completeStorageParams()
    return reservationBytes({
      ...EMPTY_TASK,
      objectInfo: completeObjectInfo({ payloadSize, redundancyType }),
      storageParams: completeStorageParams({ versionedParams: { ...versionedParams, redundantDataChunkNum } })
    })
  }
  for (const [payload, chunks, bytes] of [
    [0n, 4, 0n],
    [1n, 4, 1n],
    [400n, 4, 100n],
    [401n, 4, 101n],
    [403n, 4, 101n],
    [404n, 4, 101n],
    [(1n << 64n) - 1n, 64, 1n << 58n],
    [7n, 0, 7n]
  ] as const) {
    t.equal(reserved(payload, chunks), bytes, `${payload} bytes in ${chunks} chunks`)
  }
  t.equal(reserved(401n, 4, REDUNDANCY.REPLICA), 401n)
})

t.test('what is asked may fill a limit to the last byte and the last grant, and no further', async t => {
  const limits: GrantLimits = {
    capacityBytes: 1_000n,
    keepFreeBytes: 100n,
    perAskerPercent: 25n,
    perAskerGrants: 4,
    totalGrants: 10
  }
  const held: Holdings = { totalBytes: 700n, totalGrants: 9, askerBytes: 50n, askerGrants: 3 }
  t.same(fits(200n, held, limits), { ok: true })
  for (const [asked, changes, reason] of [
    [201n, {}, /capacity: 700 held, 201 asked, 900 usable/],
    [200n, { askerBytes: 51n }, /share of one asker: 51 held, 200 asked, 250 allowed/],
    [0n, { askerGrants: 4 }, /grants of one asker: 4 live, 4 allowed/],
    [0n, { totalGrants: 10 }, /grants in all: 10 live, 10 allowed/]
  ] as const) {
    t.match(fits(asked, { ...held, ...changes }, limits), { ok: false, reason })
  }
  t.equal(freeBytes(held, limits), 300n)
  t.equal(freeBytes({ ...held, totalBytes: 1_001n }, limits), 0n, 'never below nothing, when the limit was lowered')
})
