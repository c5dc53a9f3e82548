import { rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { forkWorker, localWorker, type Worker } from './worker.js'

/** What a row has started. Closed in reverse; what is left when the process ends is ended with it. */
export interface Scope {
  /** A process of its own that runs nodes. */
  worker(name: string): Promise<Worker>
  /** The same for what nobody kills or measures: in the short form it is this process, which costs no start. */
  nodes(name: string): Promise<Worker>
  folder(): Promise<string>
  defer(end: () => unknown): void
  close(): Promise<void>
}

const workers = new Set<Worker>()
const folders = new Set<string>()

/** Last resort, after a crash or a second Ctrl-C: nothing of ours outlives the process. */
process.on('exit', () => {
  for (const { pid } of workers) if (pid !== undefined) killNow(pid)
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    // Gone already.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

export function createScope({ short }: { readonly short: boolean }): Scope {
  const ends: (() => unknown)[] = []
  const owned = (worker: Worker): Worker => {
    workers.add(worker)
    ends.push(async () => {
      await worker.end()
      workers.delete(worker)
    })
    return worker
  }
  return {
    worker: async name => owned(await forkWorker(name)),
    nodes: async name => owned(short ? localWorker(name) : await forkWorker(name)),
    async folder() {
      const folder = await mkdtemp(join(tmpdir(), 'sp-chaos-'))
      folders.add(folder)
      ends.push(async () => {
        await rm(folder, { recursive: true, force: true })
        folders.delete(folder)
      })
      return folder
    },
    defer: end => void ends.push(end),
    async close() {
      for (let end = ends.pop(); end !== undefined; end = ends.pop()) await end()
    }
  }
}
