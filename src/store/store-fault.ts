import { messageOf, StoreError } from '../errors.js'

/** What the system says when there is no room: disk, quota, and a limit on the size of files. */
const FULL = /No space left on device|Disk quota exceeded|File too large|ENOSPC|EDQUOT|EFBIG/
/** Files that LevelDB's catalogue names and that are gone, or too short to be read. */
const CUT = /No such file or directory|Invalid argument/
const READ_ONLY = /Read-only file system|Permission denied|Operation not permitted|EROFS|EACCES|EPERM/

/**
 * LevelDB's and the file system's faults as ours. LevelDB wraps them: "failed to open" alone does not tell a locked
 * store from a corrupt one, the innermost cause does.
 */
export function storeFault(error: unknown, what: string): StoreError {
  if (error instanceof StoreError) return error
  const chain = causes(error)
  const root = chain.at(-1)
  const text = chain.map(messageOf).join(' ')
  const options = { cause: error }
  if (chain.some(link => codeOf(link) === 'LEVEL_LOCKED')) return lockedStore(what, error)
  if (FULL.test(text)) {
    return new StoreError('full', `${what}: no room on the disk (${messageOf(root)})`, options)
  }
  if (READ_ONLY.test(text)) return new StoreError('read-only', `${what}: not writable (${messageOf(root)})`, options)
  if (chain.some(link => codeOf(link) === 'LEVEL_CORRUPTION') || (isLevelIo(chain) && CUT.test(text))) {
    return new StoreError('corrupt', `${what}: ${messageOf(root)}`, options)
  }
  return new StoreError('io', `${what}: ${messageOf(root)}`, options)
}

export const lockedStore = (what: string, cause?: unknown): StoreError =>
  new StoreError('locked', `${what}: locked by another process`, {
    cause,
    hint: 'another process uses this data folder: stop it, or give this one its own'
  })

/** What a later version wrote is left as it is: neither read nor set aside. */
export const newerFormat = (what: string, format: number, known: number): StoreError =>
  new StoreError('newer', `${what} has format ${format}, this version knows ${known}: a later version wrote it`, {
    hint: 'start the version that wrote it, or give this one its own data folder; nothing was changed'
  })

/** LevelDB's word for a folder that holds no database. */
export const saysNoDatabase = (error: unknown): boolean =>
  causes(error).some(link => messageOf(link).includes('does not exist (create_if_missing is false)'))

const isLevelIo = (chain: readonly unknown[]): boolean => chain.some(link => codeOf(link) === 'LEVEL_IO_ERROR')

function causes(error: unknown): unknown[] {
  const chain: unknown[] = []
  for (let link = error; link !== undefined && chain.length < 8; ) {
    chain.push(link)
    link = link instanceof Error ? link.cause : undefined
  }
  return chain
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined)
