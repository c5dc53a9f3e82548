import { type ChildProcess, type ForkOptions, fork } from 'node:child_process'
import { once } from 'node:events'
import { guardChild } from './guard.js'

/** A Node process that runs `script` with an IPC channel; it never outlives this one. */
export function forkScript(script: URL, args: readonly string[], options: ForkOptions = {}): ChildProcess {
  const child = fork(script, args, {
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    execArgv: [],
    ...options,
    // The loaders of a test runner above us would only slow it down.
    env: { ...process.env, NODE_OPTIONS: '', ...options.env }
  })
  return guardChild(child)
}

export const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null

/** Sends the signal and resolves when the process is gone; also for one that has been stopped or has ended. */
export async function endChild(child: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  if (hasEnded(child)) return
  const exit = once(child, 'exit')
  child.kill(signal)
  await exit
}
