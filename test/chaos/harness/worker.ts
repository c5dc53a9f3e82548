import { type Call, callerOf } from '../../support/calls.js'
import { endChild, forkScript, hasEnded } from '../../support/child.js'
import { type Commands, createCommands } from './commands.js'

/** A process, or this one, that runs many nodes on command. */
export interface Worker {
  readonly name: string
  /** `undefined` where it is this process, and once the process has ended. */
  readonly pid: number | undefined
  readonly call: Call<Commands>
  /** Stops the process in its tracks: connections stay open, new ones are accepted by the kernel, nothing answers. */
  freeze(): void
  thaw(): void
  /** Without a word to anybody: sockets are reset, ports are closed. */
  kill(): Promise<void>
  /** Stops its nodes as an operator would, and the process. */
  end(): Promise<void>
}

/** Sixty hosts that start on two busy cores take their time. */
const CALL_TIMEOUT_MS = 600_000
const END_TIMEOUT_MS = 15_000

export async function forkWorker(name: string): Promise<Worker> {
  const child = forkScript(new URL('./worker-main.js', import.meta.url), [], { execArgv: ['--expose-gc'] })
  const { call, callWithin } = await callerOf<Commands>(child, `worker ${name}`, CALL_TIMEOUT_MS)
  const thaw = (): void => void child.kill('SIGCONT')
  return {
    name,
    get pid() {
      return hasEnded(child) ? undefined : child.pid
    },
    call,
    freeze: () => void child.kill('SIGSTOP'),
    thaw,
    kill: () => endChild(child),
    async end() {
      if (hasEnded(child)) return
      thaw()
      // A worker that is stuck does not answer: killed all the same.
      await callWithin(END_TIMEOUT_MS, 'stopAll').catch(() => undefined)
      await endChild(child)
    }
  }
}

export function localWorker(name: string): Worker {
  const commands = createCommands()
  const never = (): never => {
    throw new Error(`worker ${name}: it is this process, which cannot be stopped`)
  }
  return {
    name,
    pid: undefined,
    // One place knows that names and arguments belong together.
    call: async (command, ...args) => (await (commands[command] as (...given: unknown[]) => unknown)(...args)) as never,
    freeze: never,
    thaw: never,
    kill: async () => never(),
    end: async () => await commands.stopAll()
  }
}
