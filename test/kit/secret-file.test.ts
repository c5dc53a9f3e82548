import { execFileSync } from 'node:child_process'
import { chmodSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readSecret } from '../../src/kit/secret-file.js'

t.test('a secret that its owner alone may read is taken, any other is refused without its content', async t => {
  const dir = t.testdir({ token: ' a-secret-of-the-tests\n', large: 'x'.repeat(5_000), folder: {} })
  const file = join(dir, 'token')
  for (const mode of [0o600, 0o400, 0o700]) {
    chmodSync(file, mode)
    t.strictSame(readSecret(file), { text: 'a-secret-of-the-tests' }, mode.toString(8))
  }
  symlinkSync(file, join(dir, 'link'))
  t.strictSame(readSecret(join(dir, 'link')), { text: 'a-secret-of-the-tests' })
  for (const mode of [0o644, 0o640, 0o604, 0o620, 0o601]) {
    chmodSync(file, mode)
    t.strictSame(readSecret(file), { fault: 'exposed', got: `0${mode.toString(8)}` })
  }
  t.strictSame(readSecret(join(dir, 'link')), { fault: 'exposed', got: '0601' }, 'through a link too')
  chmodSync(join(dir, 'large'), 0o600)
  t.strictSame(readSecret(join(dir, 'large')), { fault: 'other', got: '5000 bytes' })
  t.strictSame(readSecret(join(dir, 'folder')), { fault: 'other', got: 'a folder' })
  t.match(readSecret(join(dir, 'none')), { fault: 'unreadable', cause: { code: 'ENOENT' } })
  execFileSync('mkfifo', ['-m', '600', join(dir, 'pipe')])
  t.strictSame(
    readSecret(join(dir, 'pipe')),
    { fault: 'other', got: 'no regular file' },
    'and nobody waits for a writer'
  )
})
