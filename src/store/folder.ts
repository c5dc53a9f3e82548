import { chmod, mkdir, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { storeFault } from './store-fault.js'

/** Makes a folder ours alone (LevelDB leaves it 0755) and says what is in it. @throws StoreError */
export async function ownFolder(dir: string, what: string): Promise<readonly string[]> {
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 })
    const { mode } = await stat(dir)
    if ((mode & 0o777) !== 0o700) await chmod(dir, 0o700)
    return await readdir(dir)
  } catch (error) {
    throw storeFault(error, what)
  }
}

/** Bytes of the files that stand directly in some folders. */
export async function folderBytes(dirs: readonly string[]): Promise<number> {
  let bytes = 0
  for (const dir of dirs) {
    for (const name of await readdir(dir).catch(() => [])) {
      // LevelDB removes files while we look.
      const file = await stat(join(dir, name)).catch(() => undefined)
      if (file?.isFile() === true) bytes += file.size
    }
  }
  return bytes
}
