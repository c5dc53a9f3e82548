import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileFaultOf, KeyFileError, messageOf } from '../../errors.js'
import { readSecret } from '../../kit/secret-file.js'

const TOKEN_BYTES = 32
const MADE_ANEW = 'remove the file: the next start makes a new token'

/**
 * The bearer token of the API, made where there is none.
 * @throws KeyFileError when others can read the file or it holds no token
 */
export async function loadOrCreateToken(file: string): Promise<string> {
  await createToken(file)
  return loadToken(file, MADE_ANEW)
}

/** A file that is there must hold a token that can be used. @throws KeyFileError */
export function checkToken(file: string): void {
  if (existsSync(file)) loadToken(file, MADE_ANEW)
}

/** @param hint where the file holds no token. @throws KeyFileError, which never quotes the file: it may be another one, with other secrets */
export function loadToken(file: string, hint?: string): string {
  const secret = readSecret(file)
  if ('text' in secret) {
    if (/^[\x21-\x7e]{16,1024}$/.test(secret.text)) return secret.text
    throw new KeyFileError(
      `${file}: expected a token of at least 16 characters, got ${secret.text.length} characters that are none`,
      hint === undefined ? {} : { hint }
    )
  }
  const { fault, got, cause } = secret
  if (fault === 'exposed')
    throw new KeyFileError(`${file}: expected mode 0600, got ${got}`, { hint: `chmod 600 ${file}` })
  const why = fault === 'unreadable' ? fileFaultOf(cause) : got
  throw new KeyFileError(`${file}: expected a readable token file, got ${why}`, { cause })
}

/** Written in one go under a name that did not exist: nobody sees half a token. */
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
