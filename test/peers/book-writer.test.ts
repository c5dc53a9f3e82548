import t, { type Test } from 'tap'
import { type Node, newNode } from '../../src/domain/node.js'
import { StoreError } from '../../src/errors.js'
import type { Logger } from '../../src/logger.js'
import { silentLogger } from '../../src/logger.js'
import { BookWriter } from '../../src/peers/book-writer.js'
import type { BookChange, BookStore } from '../../src/store/book.js'
import { memoryBook } from '../../src/store/book-memory.js'
import { fakeClock } from '../../src/testing/fake-clock.js'
import { A, at, B, P, peer } from './test-book.js'

interface Kept {
  readonly writes: BookChange[]
  readonly said: string[]
  readonly keeping: BookWriter
  readonly clock: ReturnType<typeof fakeClock>
  readonly store: BookStore
  /** What the disk says instead of writing. */
  fault: StoreError | undefined
}

async function kept(t: Test): Promise<Kept> {
  const clock = fakeClock()
  const store = memoryBook()
  await store.open()
  const writes: BookChange[] = []
  const said: string[] = []
  const logger: Logger = {
    ...silentLogger,
    info: (_, message) => said.push(message),
    error: (_, message) => said.push(message)
  }
  const watched: BookStore = {
    ...store,
    write: async change => {
      writes.push(change)
      if (held.fault !== undefined) throw held.fault
      await store.write(change)
    }
  }
  const keeping = new BookWriter(watched, clock, logger)
  const held: Kept = { writes, said, keeping, clock, store, fault: undefined }
  keeping.start()
  t.teardown(() => keeping.stop())
  return held
}

const node = (name = 'p'): Node => ({
  ...newNode(peer(name), 'registry', 0),
  sp: A,
  standing: 'verified',
  addresses: [{ address: at(name), lastSuccess: 0 }],
  lastSuccess: 0
})

t.test('what changed is written together, every five seconds and at the end', async t => {
  const { keeping, writes, clock, store } = await kept(t)
  for (const name of ['p', 'q', 'r']) keeping.keep(node(name), true)
  await clock.advance(4_999)
  t.equal(writes.length, 0)
  await clock.advance(1)
  t.equal(writes.length, 1)
  t.equal((await store.load()).nodes.length, 3)
  keeping.keep(node('q'), false)
  await keeping.stop()
  t.same(
    (await store.load()).nodes.map(({ peerId }) => peerId),
    [peer('p'), peer('r')]
  )
  await clock.advance(60_000)
  t.equal(writes.length, 2, 'nothing runs after the end')
})

t.test('an answer every second for an hour is written every ten minutes', async t => {
  const { keeping, writes, clock } = await kept(t)
  const one = node()
  keeping.keep(one, true)
  await keeping.flush()
  for (let second = 1; second <= 3_600; second++) {
    const lastSuccess = second * 1_000
    const addresses = [{ address: at('p'), lastSuccess }]
    keeping.keep({ ...one, lastSuccess, addresses, rttMs: second % 50 }, true)
    if (second % 5 === 0) await keeping.flush()
  }
  t.equal(writes.length, 7)
  await clock.advance(0)
})

t.test('what matters is written at the next round: standing, SP, an address, failing, its first answer', async t => {
  const { keeping, writes } = await kept(t)
  let one = node()
  const changes: ((node: Node) => Partial<Node>)[] = [
    () => ({ standing: 'claimed' }),
    () => ({ proven: true }),
    () => ({ sp: B }),
    () => ({ failures: 1 }),
    () => ({ failures: 0 }),
    node => ({ addresses: [...node.addresses, { address: at('new'), lastSuccess: undefined }] }),
    node => ({ addresses: node.addresses.map(({ address }) => ({ address, lastSuccess: 1 })) })
  ]
  keeping.keep(one, true)
  await keeping.flush()
  for (const [index, change] of changes.entries()) {
    one = { ...one, ...change(one) }
    keeping.keep(one, true)
    await keeping.flush()
    t.equal(writes.length, index + 2)
  }
  keeping.keep({ ...one, lastError: 'refused', rttMs: 3, tied: true }, true)
  await keeping.flush()
  t.equal(writes.length, changes.length + 1, 'what changes with every contact is not')
  for (const failures of [50, 51, 52]) {
    keeping.keep({ ...one, failures }, true)
    await keeping.flush()
  }
  t.equal(writes.length, changes.length + 2, 'nor each of many failures')
})

t.test('a node that goes and is back before the write is written', async t => {
  const { keeping, store } = await kept(t)
  const one = node()
  keeping.keep(one, true)
  await keeping.flush()
  keeping.keep(one, false)
  keeping.keep(one, true)
  await keeping.flush()
  t.equal((await store.load()).nodes.length, 1)
})

t.test('a disk that takes nothing is told once, tried again, and told when it takes it', async t => {
  const held = await kept(t)
  const { keeping, said, clock, store } = held
  held.fault = new StoreError('full', 'no room')
  keeping.keep(node('p'), true)
  keeping.keep(node('q'), false)
  await clock.advance(20_000)
  t.same(said, ['the peer book could not be written'])
  keeping.keep(node('r'), true)
  held.fault = undefined
  await clock.advance(5_000)
  t.same(said.slice(1), ['the peer book can be written again'])
  t.same((await store.load()).nodes.map(({ peerId }) => peerId).sort(), [P, peer('r')])
})

t.test('after a restart only what was on disk by then counts as written', async t => {
  const { keeping, writes, store } = await kept(t)
  const [one, other] = [node('p'), node('q')]
  keeping.keep(one, true)
  await keeping.stop()
  keeping.start(await store.load())
  keeping.keep(one, true)
  await keeping.stop()
  t.equal(writes.length, 1, 'it is there')
  keeping.start({ nodes: [] })
  keeping.keep(one, true)
  keeping.keep(other, true)
  await keeping.flush()
  t.equal(writes.at(-1)?.put?.length, 2, 'the book on disk was set aside')
})
