import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { messageOf } from '../errors.js'
import type { Clock } from '../kit/clock.js'
import type { CommandEnd, CommandFault } from './command-reply.js'

/** A decision is a few words. */
export const MAX_STDOUT_BYTES = 4_096
/** For the log, where the command fails. */
const MAX_STDERR_BYTES = 512
/** From SIGTERM to SIGKILL. */
const KILL_GRACE_MS = 200
/** Variables that are passed on: keys in our environment stay hidden from the command. */
const PASSED_ON = ['PATH', 'HOME', 'USER', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR'] as const

export interface Command {
  /** Program and arguments, never through a shell. */
  readonly argv: readonly string[]
  /** Where it runs, and where a relative path of the program starts. */
  readonly folder: string
}

export interface RunningCommand {
  /** How it ended; a fault when it could not be run, wrote too much, or the signal came first. Never rejects. */
  readonly end: Promise<CommandEnd | CommandFault>
  /** Resolves when the process is gone, later than `end` where it had to be killed. */
  readonly gone: Promise<void>
  stderr(): string
}

/**
 * One process in a group of its own, so that what it started ends with it. No shell. Whatever is left of the group
 * when the process has ended is killed: a command cannot leave work behind.
 */
export function runCommand(
  { argv, folder }: Command,
  input: string,
  clock: Clock,
  signal: AbortSignal
): RunningCommand {
  const [program = '', ...args] = argv
  let child: ChildProcessWithoutNullStreams
  try {
    child = spawn(program, args, { cwd: folder, detached: true, shell: false, env: environment(), windowsHide: true })
  } catch (error) {
    const end = Promise.resolve({ fault: `it could not be run: ${messageOf(error)}` })
    return { end, gone: Promise.resolve(), stderr: () => '' }
  }
  const stdout = new Collected(MAX_STDOUT_BYTES)
  const stderr = new Collected(MAX_STDERR_BYTES)
  const group = new ProcessGroup(child.pid, clock)

  const gone = new Promise<void>(resolve => {
    const over = (): void => {
      group.sweep()
      resolve()
    }
    child.once('exit', over)
    child.on('error', () => child.pid === undefined && over())
  })
  const end = new Promise<CommandEnd | CommandFault>(resolve => {
    const giveUp = (fault: string): void => {
      resolve({ fault })
      group.end()
      child.stdout.destroy()
      child.stderr.destroy()
      child.stdin.destroy()
    }
    const late = (): void => giveUp(messageOf(signal.reason))
    if (signal.aborted) late()
    else signal.addEventListener('abort', late, { once: true })
    child.on('error', error => giveUp(`it could not be run: ${messageOf(error)}`))
    child.stdout.on('data', chunk => stdout.add(chunk) || giveUp(`more than ${MAX_STDOUT_BYTES} bytes on stdout`))
    child.stderr.on('data', chunk => stderr.add(chunk))
    child.stdout.on('error', error => giveUp(`its stdout could not be read: ${messageOf(error)}`))
    child.stderr.on('error', () => child.stderr.destroy())
    child.once('close', (exitCode, endedBy) => {
      signal.removeEventListener('abort', late)
      resolve({ exitCode, signal: endedBy, stdout: stdout.bytes() })
    })
    // A command may decide without reading: a broken pipe is no fault.
    child.stdin.on('error', () => child.stdin.destroy())
    child.stdin.end(input)
  })
  return { end, gone, stderr: () => Buffer.from(stderr.bytes()).toString('utf8').trim() }
}

function environment(): NodeJS.ProcessEnv {
  const passed: NodeJS.ProcessEnv = {}
  for (const name of PASSED_ON) if (process.env[name] !== undefined) passed[name] = process.env[name]
  return passed
}

/** Collects bytes up to a limit and drops the rest. */
class Collected {
  readonly #chunks: Uint8Array[] = []
  #room: number

  constructor(limit: number) {
    this.#room = limit
  }

  /** `false` when it did not fit. */
  add(chunk: Uint8Array): boolean {
    const fits = chunk.length <= this.#room
    if (this.#room > 0) this.#chunks.push(chunk.subarray(0, this.#room))
    this.#room = Math.max(0, this.#room - chunk.length)
    return fits
  }

  bytes(): Uint8Array {
    return Buffer.concat(this.#chunks)
  }
}

/** Ends a process by the group that only it and what it started are in. */
class ProcessGroup {
  #timer: object | undefined
  #over = false
  readonly #pid: number | undefined
  readonly #clock: Clock

  constructor(pid: number | undefined, clock: Clock) {
    this.#pid = pid
    this.#clock = clock
  }

  end(): void {
    if (this.#over || this.#timer !== undefined) return
    this.#kill('SIGTERM')
    this.#timer = this.#clock.setTimeout(() => this.#kill('SIGKILL'), KILL_GRACE_MS)
  }

  /** The leader has ended: the group id is ours for as long as a member lives, and free when none does. */
  sweep(): void {
    this.#over = true
    this.#clock.clearTimeout(this.#timer)
    this.#kill('SIGKILL')
  }

  #kill(signal: NodeJS.Signals): boolean {
    if (this.#pid === undefined) return false
    try {
      return process.kill(-this.#pid, signal)
    } catch {
      return false // the group is empty
    }
  }
}
