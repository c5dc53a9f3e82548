import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inspect } from 'node:util'
import t from 'tap'
import { loadKey, loadOrCreateKey, writeKey } from '../../src/identity/key-file.js'
import { createKey, operatorAddressOf, parseKeyHex, peerIdOf } from '../../src/identity/keys.js'
import { localSigner } from '../../src/identity/local-signer.js'

const ORDER = 'fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141'
const CANARY = 'c0ffee00'.repeat(8)
const mode = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8)
const hex = (key: Uint8Array): string => Buffer.from(key).toString('hex')

t.test('a key that is not there is made once: 0600 in a folder of 0700', async t => {
  const file = join(t.testdir(), 'data', 'keys', 'node.key')
  const made = await loadOrCreateKey(file)
  t.equal(made.length, 32)
  t.equal(await mode(file), '600')
  t.equal(await mode(join(file, '..')), '700')
  t.equal(await readFile(file, 'utf8'), `${hex(made)}\n`)
  t.strictSame(await loadOrCreateKey(file), made)
  t.strictSame(await loadKey(file), made)
  t.strictSame(await readdir(join(file, '..')), ['node.key'], 'no draft is left')
})

t.test('of many that make the same key at once all get the same one', async t => {
  const file = join(t.testdir(), 'node.key')
  const keys = await Promise.all(Array.from({ length: 20 }, () => loadOrCreateKey(file)))
  t.equal(new Set(keys.map(hex)).size, 1)
})

t.test('a key is never overwritten', async t => {
  const file = join(t.testdir(), 'a.key')
  const key = createKey()
  await writeKey(file, key)
  await t.rejects(writeKey(file, createKey()), {
    code: 'ERR_KEY_FILE',
    message: /a.key: expected no file there, got one$/
  })
  t.strictSame(await loadKey(file), key)
  await t.rejects(writeKey(join(t.testdirName, 'b.key'), new Uint8Array(32)), { code: 'ERR_INVALID_ARGUMENT' })
  t.strictSame(await readdir(t.testdirName), ['a.key'])
})

t.test('digits are read with and without 0x, in any case, with white space around them', async t => {
  for (const text of [CANARY, `0x${CANARY}`, CANARY.toUpperCase(), `  ${CANARY}\r\n`]) {
    t.equal(hex(parseKeyHex(text)), CANARY)
  }
})

t.test('what is no key is refused in one line that does not hold it', async t => {
  const dir = t.testdir()
  const contents: [string, string][] = [
    ['empty', ''],
    ['short', CANARY.slice(1)],
    ['long', `${CANARY}0`],
    ['letters', CANARY.replace('c', 'x')],
    ['zero', '0'.repeat(64)],
    ['order', ORDER],
    ['beyond', 'f'.repeat(64)],
    ['two', `${CANARY}\n${CANARY}`],
    ['huge', CANARY.repeat(10_000)],
    ['json', JSON.stringify({ key: CANARY })]
  ]
  for (const [name, content] of contents) {
    const file = join(dir, `${name}.key`)
    await writeFile(file, content, { mode: 0o600 })
    const error = await loadKey(file).then(
      () => undefined,
      (thrown: unknown) => thrown
    )
    t.match(error, { code: 'ERR_KEY_FILE', name: 'KeyFileError' }, name)
    t.match(error, { message: /: expected .*64 hex digits.*, got / }, name)
    if (content !== '') t.notOk(inspect(error, { depth: 9 }).includes(content.slice(0, 16)), `${name} is not shown`)
    t.notOk(inspect(error, { depth: 9 }).includes('\n\n'), 'one line')
    await t.rejects(loadOrCreateKey(file), { code: 'ERR_KEY_FILE' }, `${name} is not replaced`)
  }
  t.throws(() => localSigner(new Uint8Array(31).fill(1)), { code: 'ERR_INVALID_ARGUMENT', message: /got 31 bytes$/ })
  t.throws(() => localSigner(new Uint8Array(32)), { code: 'ERR_INVALID_ARGUMENT', message: /out of that range/ })
  t.throws(() => operatorAddressOf(Buffer.from(ORDER, 'hex')), { code: 'ERR_INVALID_ARGUMENT' })
  t.throws(() => peerIdOf(new Uint8Array(64).fill(1)), { code: 'ERR_INVALID_ARGUMENT' })
  t.throws(() => peerIdOf(new Uint8Array(0)), { code: 'ERR_INVALID_ARGUMENT' })
})

t.test('a key that others may read is refused, with what to do about it', async t => {
  const file = join(t.testdir(), 'a.key')
  await writeKey(file, createKey())
  for (const bits of [0o640, 0o604, 0o660, 0o610, 0o777]) {
    await chmod(file, bits)
    await t.rejects(loadKey(file), {
      code: 'ERR_KEY_FILE',
      message: new RegExp(`a.key: expected mode 0600, got 0${bits.toString(8)}: others may read it$`),
      hint: `chmod 600 ${file}`
    })
  }
  await chmod(file, 0o400)
  t.equal((await loadKey(file)).length, 32)
})

t.test('what is no file is refused, what is not there is named', async t => {
  const dir = t.testdir()
  await t.rejects(loadKey(join(dir, 'none.key')), {
    code: 'ERR_KEY_FILE',
    message: /none.key: no such key file$/,
    hint: /make one: loadOrCreateKey\(\//
  })
  await mkdir(join(dir, 'folder.key'))
  await t.rejects(loadKey(join(dir, 'folder.key')), { code: 'ERR_KEY_FILE' })
  await writeFile(join(dir, 'file'), '')
  await t.rejects(loadOrCreateKey(join(dir, 'file', 'a.key')), { code: 'ERR_KEY_FILE' })
  await writeKey(join(dir, 'real.key'), createKey())
  await symlink(join(dir, 'real.key'), join(dir, 'linked.key'))
  t.strictSame(await loadKey(join(dir, 'linked.key')), await loadKey(join(dir, 'real.key')), 'a link is followed')
})
