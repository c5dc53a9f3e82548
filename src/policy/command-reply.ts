/** What a policy command reads and writes. */
import type { PolicyDecision, PolicyFacts } from '../domain/policy-rules.js'
import { REDUNDANCY, VISIBILITY } from '../domain/task.js'
import { shown } from '../errors.js'
import { refuse } from './built-in-rule.js'
import { isRefusalCode, oneLine } from './function-guard.js'

export const COMMAND_RULE = 'command'

/** How a command ended. */
export interface CommandEnd {
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: Uint8Array
}

/** No decision: the command, not the ask, is at fault. */
export interface CommandFault {
  readonly fault: string
}

/** One line of JSON; sizes are decimal text, since they may be beyond 2^53. */
export function commandInput(facts: PolicyFacts): string {
  const input = {
    version: 1,
    ...facts,
    payloadSize: `${facts.payloadSize}`,
    reservationBytes: `${facts.reservationBytes}`,
    freeBytes: `${facts.freeBytes}`,
    visibility: nameOf(VISIBILITY, facts.visibility),
    redundancyType: nameOf(REDUNDANCY, facts.redundancyType)
  }
  return `${JSON.stringify(input)}\n`
}

const nameOf = (numbers: Readonly<Record<string, number>>, value: number): string =>
  Object.entries(numbers).find(([, number]) => number === value)?.[0] ?? `${value}`

/**
 * Exit code 0 approves, 1 refuses; anything else is a fault. Stdout holds `{ "code", "reason" }`: required to
 * refuse (an uncaught exception exits with 1 too, and is no decision), optional to approve.
 */
export function readReply({ exitCode, signal, stdout }: CommandEnd): PolicyDecision | CommandFault {
  if (signal !== null) return { fault: `it was ended by ${signal}` }
  if (exitCode !== 0 && exitCode !== 1) return { fault: `exit code ${exitCode}, expected 0 or 1` }
  const text = Buffer.from(stdout).toString('utf8').trim()
  if (exitCode === 0 && text === '') return { outcome: 'approve', rule: COMMAND_RULE, reason: 'exit code 0' }
  const reply = asObject(text)
  if (reply === undefined) return { fault: `exit code ${exitCode} and no JSON object on stdout` }
  const { code, reason = `exit code ${exitCode}` } = reply
  if (typeof reason !== 'string') return { fault: `reason: expected a text, got ${shown(reason)}` }
  if (exitCode === 0) {
    // A command that prints a refusal code and exits with 0 did not mean to approve.
    if (isRefusalCode(code)) return { fault: `exit code 0 approves, and code is ${code}` }
    return { outcome: 'approve', rule: COMMAND_RULE, reason: oneLine(reason) }
  }
  if (!isRefusalCode(code)) return { fault: `code: expected a refusal code, got ${shown(code)}` }
  return refuse(COMMAND_RULE, code, oneLine(reason))
}

function asObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}
