// Processes that this cluster started, and no others: a pid is believed only together with its start time.
import { execFileSync, spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

/** @typedef {{ pid: number, startTime: string }} Identity a pid that cannot be mistaken after its number is reused */

const POLL_MS = 40

/**
 * When a process was started, as the system tells it (clock ticks since boot on Linux); undefined when there is none.
 * @param {number} pid @returns {string | undefined}
 */
export function startTimeOf(pid) {
  try {
    // Field 22; the name in field 2 may hold spaces and brackets.
    if (existsSync('/proc/self/stat')) {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return fields[0] === 'Z' ? undefined : fields[19]
    }
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined
  } catch {
    return undefined // no such process
  }
}

/** @param {number} pid @returns {Identity} */
export const identityOf = pid => ({ pid, startTime: startTimeOf(pid) ?? 'gone' })

/** @param {Identity | undefined} identity */
export const isAlive = identity => identity !== undefined && startTimeOf(identity.pid) === identity.startTime

/** @param {Identity} identity @param {NodeJS.Signals} signal @returns {boolean} whether it was there to be signalled */
export function signalProcess(identity, signal) {
  if (!isAlive(identity)) return false
  try {
    return process.kill(identity.pid, signal)
  } catch (error) {
    if (error.code === 'ESRCH') return false
    throw error
  }
}

/** @param {Identity} identity @param {number} timeoutMs @returns {Promise<boolean>} whether it has gone */
export async function waitUntilGone(identity, timeoutMs) {
  const end = performance.now() + timeoutMs
  while (isAlive(identity)) {
    if (performance.now() > end) return false
    await sleep(POLL_MS)
  }
  return true
}

/** Every child of this process that may still run. @type {Set<import('node:child_process').ChildProcess>} */
const children = new Set()

/** @template {import('node:child_process').ChildProcess} C @param {C} child @returns {C} */
export function own(child) {
  children.add(child)
  child.once('exit', () => children.delete(child))
  child.once('error', () => children.delete(child))
  return child
}

/** The last resort when this process itself ends: nothing that it started stays behind. Synchronous. */
export function killAll() {
  for (const child of children) child.kill('SIGKILL')
}

/** A child that says `{"event":"started"…}` or `{"event":"ready"…}` on its standard output once it works. Its output goes to files. */
export class ManagedProcess {
  /**
   * @param {{ name: string, args: readonly string[], logFile: string, outFile: string, cwd: string }} init
   */
  constructor({ name, args, logFile, outFile, cwd }) {
    this.name = name
    this.logFile = logFile
    this.outFile = outFile
    const out = openSync(outFile, 'w', 0o600)
    const log = openSync(logFile, 'a', 0o600)
    // Its own group: a Ctrl-C in the terminal reaches us alone, and we stop everything in order. Files instead of
    // pipes, so that it does not depend on our life.
    this.child = own(
      spawn(process.execPath, args, {
        cwd,
        detached: true,
        stdio: ['ignore', out, log],
        env: { ...process.env, NO_COLOR: '1' }
      })
    )
    closeSync(out)
    closeSync(log)
    /** @type {{ code: number | null, signal: NodeJS.Signals | null } | undefined} */
    this.end = undefined
    this.exited = new Promise(resolve => {
      const ended = (code, signal) => {
        this.end = { code, signal }
        resolve(this.end)
      }
      this.child.once('exit', ended)
      this.child.once('error', () => ended(null, null))
    })
    /** @type {Identity} */
    this.identity = identityOf(this.child.pid ?? -1)
  }

  /** @param {number} timeoutMs @returns {Promise<Record<string, any>>} the ready line */
  async ready(timeoutMs) {
    const end = performance.now() + timeoutMs
    for (;;) {
      for (const line of (await readFile(this.outFile, 'utf8')).split('\n').slice(0, -1)) {
        const value = parsed(line)
        if (value?.event === 'ready' || value?.event === 'started') return value
      }
      if (this.end !== undefined) throw new ProcessError(this, `ended before it was ready (${shownEnd(this.end)})`)
      if (performance.now() > end) throw new ProcessError(this, `was not ready after ${timeoutMs / 1000} s`)
      await sleep(POLL_MS)
    }
  }

  /** @param {NodeJS.Signals} signal */
  signal(signal) {
    if (this.end === undefined) this.child.kill(signal)
  }

  /**
   * Asks it to end; SIGKILL when it does not within its time.
   * @param {number} timeoutMs @returns {Promise<{ code: number | null, signal: NodeJS.Signals | null }>}
   */
  async stop(timeoutMs) {
    this.signal('SIGCONT') // a stopped process hears nothing else
    this.signal('SIGTERM')
    const late = setTimeout(() => this.signal('SIGKILL'), timeoutMs)
    try {
      return await this.exited
    } finally {
      clearTimeout(late)
    }
  }
}

/** A process that did not do what it should, with the end of its log. */
export class ProcessError extends Error {
  /** @param {{ name: string, logFile: string, outFile: string }} from @param {string} what */
  constructor({ name, logFile, outFile }, what) {
    super(`${name} ${what}`)
    this.name = 'ProcessError'
    this.logTail = tailOf(logFile) || tailOf(outFile)
  }
}

/** @param {string} file @param {number} [lines] */
export function tailOf(file, lines = 15) {
  if (!existsSync(file)) return ''
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n')
}

/** @param {{ code: number | null, signal: NodeJS.Signals | null }} end */
export const shownEnd = ({ code, signal }) => (signal === null ? `exit code ${code}` : `signal ${signal}`)

/** @param {string} line @returns {any} */
function parsed(line) {
  try {
    return JSON.parse(line)
  } catch {
    return undefined // a line of something else
  }
}
