import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'

/** The trimmed text of a file with a secret, or why it is not taken, without a word of its content. */
export type SecretFile =
  | { readonly text: string }
  | { readonly fault: 'exposed' | 'other' | 'unreadable'; readonly got: string; readonly cause?: unknown }

const MAX_BYTES = 4_096

/** Reads a token that its owner alone may read (mode 0600); `exposed` where others may. */
export function readSecret(file: string): SecretFile {
  let fd: number | undefined
  try {
    // A pipe without a writer must not hold us up.
    fd = openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    const stat = fstatSync(fd)
    if (!stat.isFile()) return { fault: 'other', got: stat.isDirectory() ? 'a folder' : 'no regular file' }
    if (process.platform !== 'win32' && (stat.mode & 0o077) !== 0) {
      return { fault: 'exposed', got: (stat.mode & 0o777).toString(8).padStart(4, '0') }
    }
    if (stat.size > MAX_BYTES) return { fault: 'other', got: `${stat.size} bytes` }
    return { text: readFileSync(fd, 'utf8').trim() }
  } catch (cause) {
    return { fault: 'unreadable', got: cause instanceof Error ? cause.message : String(cause), cause }
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}
