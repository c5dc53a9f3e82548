// One call of the `sp-approval` command.
import { spawn } from 'node:child_process'
import { own } from './processes.js'
import { bin } from './repository.js'

/** @typedef {{ code: number | null, stdout: string, stderr: string, json: any, elapsedMs: number }} Outcome */

/**
 * @param {readonly string[]} args @param {{ timeoutMs?: number }} [options]
 * @returns {Promise<Outcome>} whatever the exit code
 */
export function spApproval(args, { timeoutMs = 20_000 } = {}) {
  const started = performance.now()
  const child = own(
    spawn(process.execPath, [bin, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NO_COLOR: '1' },
      signal: AbortSignal.timeout(timeoutMs),
      killSignal: 'SIGKILL'
    })
  )
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', text => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', text => (stderr += text))
  return new Promise((resolve, reject) => {
    child.once('error', cause => reject(new Error(`sp-approval ${args[0]}: ${cause.message}`, { cause })))
    child.once('close', code => {
      resolve({ code, stdout, stderr, json: lastJson(stdout), elapsedMs: performance.now() - started })
    })
  })
}

/** The whole output, or else its last line, as JSON. @param {string} text @returns {any} */
function lastJson(text) {
  for (const candidate of [text, text.trimEnd().split('\n').at(-1) ?? '']) {
    try {
      return JSON.parse(candidate)
    } catch {}
  }
  return undefined
}
