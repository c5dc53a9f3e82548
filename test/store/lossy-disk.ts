/**
 * A folder of a store whose power can be cut: what nobody synced is lost, as in LevelDB's own fault-injection file
 * system. A database keeps what it was when its last synced batch had returned, a file its content at its last sync, a
 * folder the names it had at its own.
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { Level } from 'level'
import type { Test } from 'tap'

interface Batching {
  _batch(operations: unknown, options: { readonly sync?: boolean }): Promise<unknown>
}

export interface LossyDisk {
  /** What is left of the folder after a power cut now, as another folder. */
  cut(): string
}

/** Watches the syncs below `dir` until the test ends. */
export async function lossyDisk(t: Test, dir: string): Promise<LossyDisk> {
  const kept = `${dir}.kept`
  /** Content at its last sync, by inode. */
  const contents = new Map<number, Buffer>()
  /** Names and their inodes when the folder was synced. */
  let names = new Map<string, number>()
  const files = (): [string, number][] =>
    readdirSync(dir, { withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(({ name }) => [name, statSync(join(dir, name)).ino])

  const batching = Level.prototype as unknown as Batching
  const batch = batching._batch
  batching._batch = async function (this: Level, operations, options) {
    const result = await batch.call(this, operations, options)
    if (options.sync === true && this.location.startsWith(`${dir}/`)) {
      const copy = join(kept, this.location.slice(dir.length))
      rmSync(copy, { recursive: true, force: true })
      cpSync(this.location, copy, { recursive: true })
    }
    return result
  }

  const probe = await open(import.meta.filename, 'r')
  const handles: { sync(this: FileHandle): Promise<void> } = Object.getPrototypeOf(probe)
  await probe.close()
  const { sync } = handles
  handles.sync = async function (this: FileHandle) {
    await sync.call(this)
    const path = readlinkSync(`/proc/self/fd/${this.fd}`)
    if (path === dir) names = new Map(files())
    else if (path.startsWith(`${dir}/`)) contents.set((await this.stat()).ino, readFileSync(path))
  }

  t.teardown(() => {
    batching._batch = batch
    handles.sync = sync
  })
  let cuts = 0
  return {
    cut: () => {
      const left = `${dir}.cut-${++cuts}`
      mkdirSync(kept, { recursive: true })
      cpSync(kept, left, { recursive: true })
      for (const [name, inode] of names) writeFileSync(join(left, name), contents.get(inode) ?? '')
      return left
    }
  }
}
