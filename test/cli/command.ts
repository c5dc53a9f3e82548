/** The real command in real processes. Whatever a test starts is ended with it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Test } from 'tap'
import { awaited } from '../support/awaited.js'
import { endChild } from '../support/child.js'
import { guardChild } from '../support/guard.js'

export const bin = join(process.cwd(), 'dist/src/cli/main.js')

export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}

/** Nothing of the caller's environment that a configuration or a colour could come from. */
const cleanEnv = (more: RunOptions['env'] = {}): NodeJS.ProcessEnv => ({
  PATH: process.env.PATH,
  NO_COLOR: '1',
  ...more
})

/** @param args of Node: its own flags, the command, the command's words */
export function launch(
  args: readonly string[],
  { cwd, env }: RunOptions
): ChildProcess & { readonly text: { stdout: string; stderr: string } } {
  const child = spawn(process.execPath, args, { cwd, env: cleanEnv(env), stdio: ['ignore', 'pipe', 'pipe'] })
  guardChild(child)
  const text = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text.stdout += part
  })
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    text.stderr += part
  })
  return Object.assign(child, { text })
}

export async function run(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  // None lives long enough for optimized code to pay.
  const child = launch(['--no-opt', bin, ...args], options)
  const [code] = (await awaited(`the end of ${args.join(' ')}`, once(child, 'close'))) as [number | null]
  return { code, ...child.text }
}

/** Without the escape codes a table is made of words and spaces. */
export const lines = (text: string): string[] => text.split('\n').filter(line => line !== '')

export interface Daemon {
  /** The line that `--json` prints. */
  readonly ready: Readonly<Record<string, unknown>>
  readonly text: { readonly stdout: string; readonly stderr: string }
  signal(name: NodeJS.Signals): void
  /** Resolves with exit code or signal. */
  ended(): Promise<number | NodeJS.Signals | null>
}

/** A process that stays until it is told to stop; resolves with its ready line. */
export async function startDaemon(t: Test, args: readonly string[], options: RunOptions = {}): Promise<Daemon> {
  const child = launch([bin, ...args, '--json'], options)
  const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>
  t.teardown(() => endChild(child))
  if (child.stdout === null) throw new Error('no stdout')
  const first = Promise.race([once(createInterface({ input: child.stdout }), 'line'), closed])
  const [line] = await awaited(`${args.join(' ')} to be ready`, first)
  if (typeof line !== 'string') throw new Error(`ended before it was ready: ${child.text.stderr}`)
  return {
    ready: JSON.parse(line) as Record<string, unknown>,
    text: child.text,
    signal: name => void child.kill(name),
    ended: async () => {
      const [code, signal] = await awaited(`${args.join(' ')} to end`, closed)
      return signal ?? code
    }
  }
}

/** Ports that the system chooses, on loopback. */
export const ANY_PORT = [
  '--listen',
  '/ip4/127.0.0.1/tcp/0',
  '--http',
  '127.0.0.1:0',
  '--metrics',
  '127.0.0.1:0'
] as const
