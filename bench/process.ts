import type { ChildProcess } from 'node:child_process'
import { type Call, type Commands, callerOf } from '../test/support/calls.js'
import { endChild, forkScript } from '../test/support/child.js'
import type { Arm } from './arms.js'
import type { CommandSets } from './process-main.js'

/** Longest command: sixty hosts that start on two busy cores. */
const CALL_TIMEOUT_MS = 300_000

/** A process of the bench that has loaded the doors of one arm. */
export interface BenchProcess<C extends Commands> {
  readonly call: Call<C>
  /** Stops the process where it is: connections stay open, nothing answers. */
  freeze(): void
  close(): Promise<void>
}

export async function benchProcess<Kind extends keyof CommandSets>(
  kind: Kind,
  { dir }: Arm
): Promise<BenchProcess<CommandSets[Kind]>> {
  const child: ChildProcess = forkScript(new URL('./process-main.js', import.meta.url), [kind, dir])
  const { call } = await callerOf<CommandSets[Kind]>(child, `${kind} of ${dir}`, CALL_TIMEOUT_MS)
  return { call, freeze: () => child.kill('SIGSTOP'), close: () => endChild(child) }
}
