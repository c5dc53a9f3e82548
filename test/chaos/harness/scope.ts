import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { guardFolder } from '../../support/guard.js'
import { forkWorker, localWorker, type Worker } from './worker.js'

/** What a row has started. Closed in reverse; whatever is left when the process ends goes with it. */
export interface Scope {
  /** A process of its own that runs nodes. */
  worker(name: string): Promise<Worker>
  /** The same for what nobody kills or measures: in the short form it is this process, which costs no start. */
  nodes(name: string): Promise<Worker>
  folder(): Promise<string>
  defer(end: () => unknown): void
  close(): Promise<void>
}

export function createScope({ short }: { readonly short: boolean }): Scope {
  const ends: (() => unknown)[] = []
  const owned = (worker: Worker): Worker => {
    ends.push(() => worker.end())
    return worker
  }
  return {
    worker: async name => owned(await forkWorker(name)),
    nodes: async name => owned(short ? localWorker(name) : await forkWorker(name)),
    async folder() {
      const folder = await mkdtemp(join(tmpdir(), 'sp-chaos-'))
      guardFolder(folder)
      ends.push(() => rm(folder, { recursive: true, force: true }))
      return folder
    },
    defer: end => void ends.push(end),
    async close() {
      for (let end = ends.pop(); end !== undefined; end = ends.pop()) await end()
    }
  }
}
