import { execFile } from 'node:child_process'
import {
  closeSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  truncateSync,
  writeFileSync
} from 'node:fs'
import { chmod, mkdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Level } from 'level'
import t, { type Test } from 'tap'
import { StoreError } from '../../src/errors.js'
import { type Logger, silentLogger } from '../../src/logger.js'
import type { BookStore } from '../../src/store/book.js'
import { levelBook } from '../../src/store/book-level.js'
import { memoryBook } from '../../src/store/book-memory.js'
import { seal } from '../../src/store/seal.js'
import { fakeClock } from '../../src/testing/fake-clock.js'
import { bookConformance, namesOf, peer, sampleNode } from './book-conformance.js'

const OPENER = fileURLToPath(new URL('./open-book.js', import.meta.url))
/** "Nobody": root may write anywhere, so a test of missing rights has to be somebody else for a moment. */
const NOBODY = 65_534

const folder = (t: Test): string => {
  const dir = mkdtempSync(join(tmpdir(), 'book-'))
  t.teardown(() => rm(dir, { recursive: true, force: true }))
  return dir
}

bookConformance(t, 'memory', () => memoryBook())
bookConformance(t, 'level', t => levelBook({ dir: join(folder(t), 'deep', 'peers') }))

interface Warning {
  readonly message: string
  readonly fields: {
    readonly reason?: string
    readonly aside?: string
    readonly records?: number
    readonly error?: string
  }
}

async function opened(t: Test, dir: string): Promise<{ book: BookStore; warnings: Warning[] }> {
  const warnings: Warning[] = []
  const logger: Logger = { ...silentLogger, warn: (fields, message) => warnings.push({ fields, message }) }
  const book = levelBook({ dir, logger, clock: fakeClock() })
  await book.open()
  t.teardown(() => book.close())
  return { book, warnings }
}

/** A closed book of twenty nodes and a block, in a table file as after any later start. */
async function filled(t: Test): Promise<string> {
  const dir = join(folder(t), 'peers')
  const book = levelBook({ dir })
  await book.open()
  await book.write({ put: Array.from({ length: 20 }, (_, n) => sampleNode(n)), block: [peer('bad')] })
  await book.close()
  await book.open()
  await book.close()
  return dir
}

const database = (dir: string): Level<string, string> => new Level(dir)

const fileOf = (dir: string, end: string): string => {
  const name = readdirSync(dir).find(file => file.endsWith(end))
  if (name === undefined) throw new Error(`no ${end} in ${dir}`)
  return join(dir, name)
}

const flip = (file: string, share: number): void => {
  const bytes = readFileSync(file)
  const offset = Math.floor(bytes.length * share)
  bytes[offset] = (bytes[offset] ?? 0) ^ 0xff
  writeFileSync(file, bytes)
}

const setFormat = async (dir: string, value: string | undefined): Promise<void> => {
  const db = database(dir)
  await (value === undefined ? db.del('format') : db.put('format', value))
  await db.close()
}

t.test('the level book keeps its folder to itself and tells its size', async t => {
  const dir = join(folder(t), 'peers')
  await mkdir(dir, { mode: 0o755 })
  const { book } = await opened(t, dir)
  t.equal((await stat(dir)).mode & 0o777, 0o700)
  await book.write({ put: [sampleNode(1)] })
  t.ok((await book.sizeBytes()) > 100)
})

interface Row {
  readonly name: string
  readonly harm: (dir: string) => unknown
  readonly reason: RegExp
  /** Nodes that could still be read; undefined: any number of the twenty. */
  readonly kept?: number
  readonly aside?: 'newer'
}

const rows: Row[] = [
  { name: 'CURRENT was deleted', harm: dir => rmSync(fileOf(dir, 'CURRENT')), reason: /CURRENT/, kept: 20 },
  { name: 'CURRENT is garbage', harm: dir => writeFileSync(fileOf(dir, 'CURRENT'), 'x'), reason: /CURRENT/, kept: 20 },
  { name: 'the table was deleted', harm: dir => rmSync(fileOf(dir, '.ldb')), reason: /missing files/, kept: 0 },
  { name: 'the table was truncated', harm: dir => truncateSync(fileOf(dir, '.ldb'), 100), reason: /no footer/ },
  { name: 'the folder holds something else', harm: dir => other(dir), reason: /no CURRENT/, kept: 0 },
  {
    name: 'the format is gone',
    harm: dir => setFormat(dir, undefined),
    reason: /expected format 1, got none/,
    kept: 20
  },
  { name: 'the format is garbage', harm: dir => setFormat(dir, 'x'), reason: /format 1, got unreadable/, kept: 20 },
  {
    name: 'a later version wrote it',
    harm: dir => setFormat(dir, seal('2')),
    reason: /expected format 1, got 2: a later version wrote it/,
    kept: 0,
    aside: 'newer'
  }
]

function other(dir: string): void {
  for (const name of readdirSync(dir)) rmSync(join(dir, name))
  writeFileSync(join(dir, 'diary.txt'), 'dear diary')
}

for (const { name, harm, reason, kept, aside = 'damaged' } of rows) {
  t.test(`${name}: the book is set aside with one warning, never deleted, and built anew`, async t => {
    const dir = await filled(t)
    await harm(dir)
    const { book, warnings } = await opened(t, dir)
    t.same(
      warnings.map(({ message }) => message),
      ['the peer book was set aside and is built anew']
    )
    const fields = warnings[0]?.fields ?? {}
    t.match(fields.reason, reason)
    t.ok(fields.aside?.startsWith(`${dir}.${aside}-`), `${fields.aside}`)
    t.ok(readdirSync(fields.aside ?? '').length > 0, 'what was there is still there')
    const names = await namesOf(book)
    t.ok(kept === undefined ? names.length <= 20 : names.length === kept, `${names.length} nodes kept`)
    if (kept === 20) t.same((await book.load()).blocked, [peer('bad')])
    await book.write({ put: [sampleNode('new')] })
    await book.close()
    const again = await opened(t, dir)
    t.same(again.warnings, [], 'the next start finds nothing to say')
    t.same(await namesOf(again.book), [...names, 'new'].sort())
  })
}

t.test('whichever byte of the table is flipped, the book opens, and what it names is what was written', async t => {
  for (let share = 0.02; share < 1; share += 0.07) {
    const dir = await filled(t)
    flip(fileOf(dir, '.ldb'), share)
    const { book } = await opened(t, dir)
    const { nodes } = await book.load()
    t.ok(nodes.length <= 20, `byte at ${share}: ${nodes.length} nodes`)
    for (const node of nodes) t.same(node, sampleNode(node.peerId.slice('16Uiu2HA-'.length)))
    await book.close()
  }
})

t.test('single bad records are left out with one warning', async t => {
  const dir = await filled(t)
  const db = database(dir)
  const good = (await db.get(`n/${peer(3)}`)) ?? ''
  await db.put(`n/${peer(4)}`, good)
  await db.put(`n/${peer(5)}`, (await db.get(`n/${peer(5)}`))?.replace('verified', 'claimed!') ?? '')
  await db.put(`n/${peer(6)}`, seal('{"peerId":"16Uiu2HA-6"}'))
  await db.put(`n/${peer(7)}`, seal('[]'))
  await db.put('x/unknown', seal('{}'))
  await db.close()
  const { book, warnings } = await opened(t, dir)
  const names = await namesOf(book)
  t.equal(names.length, 16)
  t.notOk(['4', '5', '6', '7'].some(name => names.includes(name)))
  t.match(warnings, [{ message: 'records of the peer book were left out', fields: { records: 5 } }])
  await book.write({ put: [sampleNode(4)] })
  t.equal((await namesOf(book)).length, 17, 'and written again as any other')
})

t.test('a first start that was cut off before its first write leaves an empty book, and nothing to say', async t => {
  const dir = join(folder(t), 'peers')
  await mkdir(dir)
  const db = database(dir)
  await db.open()
  await db.close()
  const { book, warnings } = await opened(t, dir)
  t.same(await namesOf(book), [])
  t.same(warnings, [])
  await book.write({ put: [sampleNode(1)] })
  await book.close()
  t.same((await opened(t, dir)).warnings, [])
})

t.test('a book that another process has open is told apart from a damaged one', async t => {
  const dir = join(folder(t), 'peers')
  await opened(t, dir)
  const { stdout } = await promisify(execFile)(process.execPath, [OPENER, dir])
  const told: { kind: string; hint: string } = JSON.parse(stdout)
  t.equal(told.kind, 'locked')
  t.match(told.hint, /another process/)
  t.same(readdirSync(join(dir, '..')), ['peers'], 'nothing was set aside')
})

t.test('a disk that may not be written is done without, until it may', async t => {
  const dir = await filled(t)
  await chmod(join(dir, '..'), 0o755)
  await chmod(dir, 0o555)
  const root = process.geteuid?.() === 0
  if (root) process.seteuid?.(NOBODY)
  const { book, warnings } = await opened(t, dir)
  try {
    t.match(warnings, [{ message: /memory only/, fields: { error: /not writable/ } }])
    t.same(await book.load(), { nodes: [], blocked: [] })
    const error: unknown = await book.write({ put: [sampleNode('new')] }).catch((error: unknown) => error)
    t.ok(error instanceof StoreError && error.kind === 'read-only', String(error))
  } finally {
    if (root) process.seteuid?.(0)
    await chmod(dir, 0o700)
  }
  await book.write({ put: [sampleNode('new')] })
  t.equal((await namesOf(book)).length, 21, 'what was there and what is new')
})

t.test('after a write that failed the next one opens the book anew', async t => {
  const dir = join(folder(t), 'peers')
  const { book } = await opened(t, dir)
  await book.write({ put: [sampleNode(1)] })
  // The real thing as far as LevelDB can tell: its log is gone from under it.
  for (const fd of readdirSync('/proc/self/fd').map(Number)) {
    if (targetOf(fd).startsWith(dir) && targetOf(fd).endsWith('.log')) closeSync(fd)
  }
  const error: unknown = await book.write({ put: [sampleNode(2)] }).catch((error: unknown) => error)
  t.ok(error instanceof StoreError && error.kind === 'io', String(error))
  await book.write({ put: [sampleNode(3)] })
  t.ok((await namesOf(book)).includes('3'))
})

function targetOf(fd: number): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`)
  } catch {
    return ''
  }
}
