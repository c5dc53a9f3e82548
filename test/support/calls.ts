/** Typed calls of functions in a child process over its IPC channel. */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { hasEnded } from './child.js'

/** Functions that a child offers; arguments and results pass structured clone. */
// biome-ignore lint/suspicious/noExplicitAny: the only type that every function's parameters extend
export type Commands = Readonly<Record<string, (...args: any[]) => unknown>>

export type Call<C extends Commands> = <K extends keyof C & string>(
  name: K,
  ...args: Parameters<C[K]>
) => Promise<Awaited<ReturnType<C[K]>>>

interface Request {
  readonly id: number
  readonly name: string
  readonly args: readonly unknown[]
}

type Response = { readonly id: number } & ({ readonly value: unknown } | { readonly error: string })

const READY = 'ready'

export interface Caller<C extends Commands> {
  readonly call: Call<C>
  /** The same with a time-out in ms. */
  callWithin<K extends keyof C & string>(
    timeoutMs: number,
    name: K,
    ...args: Parameters<C[K]>
  ): Promise<Awaited<ReturnType<C[K]>>>
}

/** Resolves when the child serves its commands. `name` is how errors call it. */
export async function callerOf<C extends Commands>(
  child: ChildProcess,
  name: string,
  timeoutMs: number
): Promise<Caller<C>> {
  const [ready] = await Promise.race([once(child, 'message'), once(child, 'exit')])
  if (ready !== READY) throw new Error(`${name}: expected it to start, it ended with ${String(ready)}`)

  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>()
  let calls = 0
  child.on('message', (response: Response) => {
    const waiter = waiting.get(response.id)
    if ('error' in response) waiter?.reject(new Error(`${name}: ${response.error}`))
    else waiter?.resolve(response.value)
  })
  child.once('exit', () => {
    for (const { reject } of waiting.values()) reject(new Error(`${name}: it ended`))
  })
  // A write to a child that has just ended fails; its exit is what callers hear of.
  child.on('error', () => undefined)

  const callWithin: Caller<C>['callWithin'] = async (limitMs, command, ...args) => {
    if (hasEnded(child)) throw new Error(`${name}: it has ended`)
    const id = ++calls
    let timer: NodeJS.Timeout | undefined
    try {
      return await new Promise<never>((resolve, reject) => {
        waiting.set(id, { resolve: value => resolve(value as never), reject })
        const late = (): void => reject(new Error(`${name}: no answer to ${command} in ${limitMs} ms`))
        timer = setTimeout(late, limitMs)
        child.send({ id, name: command, args } satisfies Request)
      })
    } finally {
      clearTimeout(timer)
      waiting.delete(id)
    }
  }
  return { callWithin, call: (command, ...args) => callWithin(timeoutMs, command, ...args) }
}

/** The child's side; the process ends with its parent. */
export function serve(commands: Commands): void {
  process.on('disconnect', () => process.exit(0))
  process.on('message', (request: Request) => void answer(commands, request))
  process.send?.(READY)
}

async function answer(commands: Commands, { id, name, args }: Request): Promise<void> {
  let response: Response
  try {
    response = { id, value: await commands[name]?.(...args) }
  } catch (error) {
    const { stack, message } = error instanceof Error ? error : new Error(String(error))
    response = { id, error: `${name}: ${stack ?? message}` }
  }
  if (process.connected) process.send?.(response)
}
