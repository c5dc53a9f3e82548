import type { Test } from 'tap'
import type { PeerIdString, SpAddress } from '../../src/domain/brands.js'
import { StoreError } from '../../src/errors.js'
import type { BookRecord, BookStore } from '../../src/store/book.js'

export const peer = (name: string | number): PeerIdString => `16Uiu2HA-${name}` as PeerIdString

export const sampleNode = (name: string | number, but: Partial<BookRecord> = {}): BookRecord => ({
  peerId: peer(name),
  sp: '0xF39F000000000000000000000000000000000001' as SpAddress,
  standing: 'verified',
  proven: false,
  source: 'registry',
  addresses: [
    { address: '/dns4/sp0.example.com/tcp/9933', lastSuccess: 1_800_000_000_000 },
    { address: '/ip6/2001:db8::1/tcp/9933', lastSuccess: undefined }
  ],
  rttMs: 12.5,
  firstSeen: 1_700_000_000_000,
  lastSuccess: 1_800_000_000_000,
  failures: 0,
  lastError: undefined,
  ...but
})

export const namesOf = async (book: BookStore): Promise<string[]> =>
  (await book.load()).nodes.map(({ peerId }) => peerId.slice('16Uiu2HA-'.length)).sort()

/** What every peer book must do. `make` gives one that nothing has been put into. */
export function bookConformance(t: Test, name: string, make: (t: Test) => BookStore): void {
  const opened = async (t: Test): Promise<BookStore> => {
    const book = make(t)
    await book.open()
    t.teardown(() => book.close())
    return book
  }

  t.test(`${name}: a new book is empty`, async t => {
    const book = await opened(t)
    t.same(await book.load(), { nodes: [], blocked: [] })
    t.type(await book.sizeBytes(), 'number')
  })

  t.test(`${name}: a node comes back with every field, unknown ones as unknown`, async t => {
    const book = await opened(t)
    const nodes = [
      sampleNode(1),
      sampleNode(2, { standing: 'claimed', proven: true, source: 'inbound', failures: 7, lastError: 'refused: "\n"' }),
      sampleNode(3, {
        sp: undefined,
        standing: 'hint',
        source: 'operator',
        addresses: [],
        rttMs: undefined,
        lastSuccess: undefined
      })
    ]
    await book.write({ put: nodes })
    await book.close()
    await book.open()
    t.strictSame((await book.load()).nodes, nodes)
  })

  t.test(`${name}: the last put wins, a removal removes, and what is both removed and put is put`, async t => {
    const book = await opened(t)
    await book.write({ put: [sampleNode(1), sampleNode(2), sampleNode(3)] })
    await book.write({ put: [sampleNode(1, { failures: 3 })], remove: [peer(2), peer('no such')] })
    await book.write({ put: [sampleNode(3, { failures: 9 })], remove: [peer(3)] })
    await book.write({})
    t.same(
      (await book.load()).nodes.map(({ peerId, failures }) => [peerId, failures]),
      [
        [peer(1), 3],
        [peer(3), 9]
      ]
    )
  })

  t.test(`${name}: blocks are kept beside the nodes`, async t => {
    const book = await opened(t)
    await book.write({ put: [sampleNode(1)], block: [peer(1), peer('stranger'), peer(3)] })
    await book.write({ unblock: [peer(3), peer('no such')], remove: [peer(1)] })
    await book.close()
    await book.open()
    const { nodes, blocked } = await book.load()
    t.same(nodes, [])
    t.same([...blocked].sort(), [peer(1), peer('stranger')])
  })

  t.test(`${name}: changes take effect in their order, awaited or not`, async t => {
    const book = await opened(t)
    await Promise.all([
      ...Array.from({ length: 50 }, (_, failures) => book.write({ put: [sampleNode(1, { failures })] })),
      book.write({ put: [sampleNode(2)] }),
      book.write({ remove: [peer(2)] })
    ])
    t.match((await book.load()).nodes, [{ peerId: peer(1), failures: 49 }])
  })

  t.test(`${name}: a thousand SPs of ten nodes come back after closing and opening`, async t => {
    const book = await opened(t)
    await book.write({ put: Array.from({ length: 10_000 }, (_, n) => sampleNode(n)) })
    await book.close()
    await book.open()
    t.equal((await book.load()).nodes.length, 10_000)
  })

  t.test(`${name}: a closed book says so, closing and opening twice does nothing`, async t => {
    const book = await opened(t)
    await book.open()
    await book.write({ put: [sampleNode(1)] })
    await book.close()
    await book.close()
    for (const call of [() => book.load(), () => book.write({ put: [sampleNode(2)] })]) {
      const error: unknown = await call().catch((error: unknown) => error)
      t.ok(error instanceof StoreError && error.kind === 'closed', `${call}`)
    }
    await book.open()
    t.same(await namesOf(book), ['1'])
  })
}
