import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { type Commands, createCommands } from './commands.js'

export type CommandName = keyof Commands

export type Call = <K extends CommandName>(
  name: K,
  ...args: Parameters<Commands[K]>
) => Promise<Awaited<ReturnType<Commands[K]>>>

/** A process, or this one, that runs many nodes on command. */
export interface Worker {
  readonly name: string
  /** `undefined` where it is this process, and once the process has ended. */
  readonly pid: number | undefined
  readonly call: Call
  /** Stops the process in its tracks: connections stay open, new ones are accepted by the kernel, nothing answers. */
  freeze(): void
  thaw(): void
  /** Without a word to anybody: sockets are reset, ports are closed. */
  kill(): Promise<void>
  /** Stops its nodes as an operator would, and the process. */
  end(): Promise<void>
}

export interface Request {
  readonly id: number
  readonly name: CommandName
  readonly args: readonly unknown[]
}

export type Response = { readonly id: number } & ({ readonly value: unknown } | { readonly error: string })

/** Sixty hosts that start on two busy cores take their time. */
const CALL_TIMEOUT_MS = 600_000
const END_TIMEOUT_MS = 15_000

export async function forkWorker(name: string): Promise<Worker> {
  const child = fork(new URL('./worker-main.js', import.meta.url), [name], {
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    execArgv: ['--expose-gc'],
    env: { ...process.env, NODE_OPTIONS: '' }
  })
  const [ready] = await Promise.race([once(child, 'message'), once(child, 'exit')])
  if (ready !== 'ready') throw new Error(`worker ${name}: expected it to start, it ended with ${String(ready)}`)
  return new ForkedWorker(name, child)
}

class ForkedWorker implements Worker {
  readonly name: string
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>()
  #calls = 0

  constructor(name: string, child: ChildProcess) {
    this.name = name
    this.#child = child
    child.on('message', (response: Response) => {
      const waiter = this.#waiting.get(response.id)
      this.#waiting.delete(response.id)
      if ('error' in response) waiter?.reject(new Error(`worker ${name}: ${response.error}`))
      else waiter?.resolve(response.value)
    })
    child.once('exit', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`worker ${name}: it ended`))
      this.#waiting.clear()
    })
    // A child that has gone is noticed by its exit.
    child.on('error', () => undefined)
  }

  get pid(): number | undefined {
    return this.#gone ? undefined : this.#child.pid
  }

  get #gone(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  readonly call: Call = (name, ...args) => this.#request(name, args, CALL_TIMEOUT_MS)

  freeze(): void {
    this.#child.kill('SIGSTOP')
  }

  thaw(): void {
    this.#child.kill('SIGCONT')
  }

  async kill(): Promise<void> {
    if (this.#gone) return
    const exit = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await exit
  }

  async end(): Promise<void> {
    if (this.#gone) return
    this.thaw()
    // Asked in vain where it is stuck: killed all the same.
    await this.#request('stopAll', [], END_TIMEOUT_MS).catch(() => undefined)
    await this.kill()
  }

  async #request<T>(name: CommandName, args: readonly unknown[], timeoutMs: number): Promise<T> {
    if (this.#gone) throw new Error(`worker ${this.name}: it has ended`)
    const id = ++this.#calls
    let timer: NodeJS.Timeout | undefined
    try {
      return await new Promise<T>((resolve, reject) => {
        this.#waiting.set(id, { resolve: value => resolve(value as T), reject })
        const late = (): void => reject(new Error(`worker ${this.name}: no answer to ${name} in ${timeoutMs} ms`))
        timer = setTimeout(late, timeoutMs)
        this.#child.send({ id, name, args } satisfies Request)
      })
    } finally {
      clearTimeout(timer)
      this.#waiting.delete(id)
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
    call: (command, ...args) => run(commands, command, args),
    freeze: never,
    thaw: never,
    kill: async () => never(),
    end: async () => await commands.stopAll()
  }
}

/** One place knows that names and arguments belong together. */
export async function run<T>(commands: Commands, name: CommandName, args: readonly unknown[]): Promise<T> {
  const command = commands[name] as (...given: readonly unknown[]) => unknown
  return (await command(...args)) as T
}
