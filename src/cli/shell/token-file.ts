import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, open, readFile, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { KeyFileError, messageOf } from '../../errors.js'

const TOKEN_BYTES = 32
const MAX_FILE_BYTES = 1_024

/**
 * The bearer token of the API, made where there is none.
 * @throws KeyFileError when others can read the file or it holds no token
 */
export async function loadOrCreateToken(file: string): Promise<string> {
  await createToken(file)
  return loadToken(file)
}

/** A file that is there must hold a token that can be used. @throws KeyFileError */
export async function checkToken(file: string): Promise<void> {
  if (existsSync(file)) await loadToken(file)
}

async function loadToken(file: string): Promise<string> {
  try {
    const { mode, size } = await stat(file)
    if ((mode & 0o077) !== 0) {
      throw new KeyFileError(`${file}: expected mode 0600, got ${(mode & 0o777).toString(8).padStart(4, '0')}`, {
        hint: `chmod 600 ${file}`
      })
    }
    const token = size > MAX_FILE_BYTES ? '' : (await readFile(file, 'utf8')).trim()
    if (/^[\x21-\x7e]{16,}$/.test(token)) return token
  } catch (cause) {
    if (cause instanceof KeyFileError) throw cause
    throw new KeyFileError(`${file}: expected a readable token file, got ${messageOf(cause)}`, { cause })
  }
  throw new KeyFileError(`${file}: expected a token of at least 16 characters, got something else`, {
    hint: 'remove the file: the next start makes a new token'
  })
}

/** Creates the file exclusively; an existing token is kept. */
async function createToken(file: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    const handle = await open(file, 'wx', 0o600)
    try {
      await handle.writeFile(`${randomBytes(TOKEN_BYTES).toString('hex')}\n`)
      await handle.sync()
    } finally {
      await handle.close()
    }
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') return
    throw new KeyFileError(`${file}: expected a token file that can be made, got ${messageOf(cause)}`, { cause })
  }
}
