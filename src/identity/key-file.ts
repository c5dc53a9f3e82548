/** Key files: 64 hex digits, readable by their owner only. */
import { constants, copyFile, link, mkdir, open, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { KeyFileError, messageOf } from '../errors.js'
import { syncFolder } from '../kit/atomic-file.js'
import { createKey, parseKeyHex, requireKey } from './keys.js'

/** 64 digits, `0x` and white space. */
const MAX_FILE_BYTES = 256
const OTHERS = 0o077
const NO_HARD_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']

/** The key of a file. @throws KeyFileError when it is missing, malformed or readable by others */
export async function loadKey(file: string): Promise<Uint8Array> {
  const key = await readKey(file)
  if (key === undefined) {
    throw new KeyFileError(`${file}: no such key file`, { hint: `make one: loadOrCreateKey(${file})` })
  }
  return key
}

/** The key of a file; created if the file is missing. @throws KeyFileError */
export async function loadOrCreateKey(file: string): Promise<Uint8Array> {
  const held = await readKey(file)
  if (held !== undefined) return held
  const key = createKey()
  // Another process may have created the file meanwhile; its key wins.
  return (await placeKey(file, key)) ? key : loadKey(file)
}

/**
 * Writes a key to a new file, mode 0600, atomically; creates a missing folder with mode 0700.
 *
 * @throws KeyFileError when the file exists or cannot be written, InvalidArgumentError when it is no key
 */
export async function writeKey(file: string, raw32: Uint8Array): Promise<void> {
  if (!(await placeKey(file, requireKey(raw32)))) {
    throw new KeyFileError(`${file}: expected no file there, got one`, {
      hint: 'move it away first; keys are not overwritten'
    })
  }
}

/** `undefined` where there is no file. */
async function readKey(file: string): Promise<Uint8Array | undefined> {
  let text: string
  try {
    const handle = await open(file, 'r')
    try {
      const stat = await handle.stat()
      if (!stat.isFile()) throw new KeyFileError(`${file}: expected a file, got something else`)
      if (process.platform !== 'win32' && (stat.mode & OTHERS) !== 0) {
        throw new KeyFileError(
          `${file}: expected mode 0600, got 0${(stat.mode & 0o777).toString(8)}: others may read it`,
          {
            hint: `chmod 600 ${file}`
          }
        )
      }
      if (stat.size > MAX_FILE_BYTES) throw new KeyFileError(`${file}: expected 64 hex digits, got ${stat.size} bytes`)
      text = await handle.readFile('latin1')
    } finally {
      await handle.close()
    }
  } catch (cause) {
    if (cause instanceof KeyFileError) throw cause
    if (codeOf(cause) === 'ENOENT') return undefined
    throw new KeyFileError(`${file}: cannot be read: ${messageOf(cause)}`, { cause })
  }
  try {
    return parseKeyHex(text)
  } catch (cause) {
    throw new KeyFileError(`${file}: ${messageOf(cause)}`, { cause })
  }
}

/** `false` where the file exists. A hard link is atomic and never replaces, so no half-written key is ever visible. */
async function placeKey(file: string, key: Uint8Array): Promise<boolean> {
  const draft = `${file}.${process.pid}.${Buffer.from(createKey()).toString('hex', 0, 4)}.tmp`
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    const handle = await open(draft, 'wx', 0o600)
    try {
      await handle.writeFile(`${Buffer.from(key).toString('hex')}\n`)
      await handle.sync()
    } finally {
      await handle.close()
    }
    try {
      await link(draft, file)
    } catch (error) {
      if (!NO_HARD_LINKS.includes(codeOf(error))) throw error
      await copyFile(draft, file, constants.COPYFILE_EXCL)
    }
    await syncFolder(dirname(file))
    return true
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') return false
    throw new KeyFileError(`${file}: cannot be written: ${messageOf(cause)}`, { cause })
  } finally {
    await rm(draft, { force: true })
  }
}

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '')
