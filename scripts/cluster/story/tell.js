// Runs the steps one after another; the first one that does not hold ends the story.
import { orAbort } from '../cleanup.js'
import { ProcessError, tailOf } from '../processes.js'
import { StepError } from './step.js'

/**
 * @param {readonly import('./step.js').Step[]} steps
 * @param {import('./step.js').Network} network
 * @param {{ teller: import('../print.js').Teller, signal: AbortSignal }} options
 * @returns {Promise<boolean>} whether every step held
 */
export async function tell(steps, network, { teller, signal }) {
  const begun = performance.now()
  /** @type {import('../print.js').StepResult[]} */
  const results = []
  teller.begin()
  for (const [index, step] of steps.entries()) {
    if (results.some(result => !result.ok)) {
      results.push({ name: step.name, ok: false, detail: 'not run', elapsedMs: 0 })
      continue
    }
    teller.step(index + 1, step)
    const started = performance.now()
    /** @type {unknown} */
    let fault
    const outcome = await orAbort(step.run(network), signal).catch(error => {
      fault = error
      return error instanceof Error ? error.message : String(error)
    })
    const { detail, table } = typeof outcome === 'string' ? { detail: outcome } : outcome
    const result = {
      name: step.name,
      ok: fault === undefined,
      detail,
      elapsedMs: Math.round(performance.now() - started)
    }
    results.push(result)
    teller.result(result, { table, logTail: logTailOf(fault) })
  }
  const ok = results.every(result => result.ok)
  teller.end(results, ok, performance.now() - begun)
  return ok
}

/** @param {unknown} fault */
function logTailOf(fault) {
  if (fault instanceof ProcessError) return { name: fault.message.split(' ', 1)[0], text: fault.logTail }
  if (fault instanceof StepError && fault.node !== undefined) {
    return { name: fault.node.name, text: tailOf(fault.node.logFile) }
  }
  return undefined
}
