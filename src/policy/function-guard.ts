import { raceSignal } from 'race-signal'
import type { PolicyDecision, PolicyFacts } from '../domain/policy-rules.js'
import { REFUSAL_CODES, type RefusalCode } from '../domain/refusal.js'
import { messageOf, shown } from '../errors.js'
import { type Clock, deadlineSignal } from '../kit/clock.js'
import { componentLogger, type Logger } from '../logger.js'
import { refuse } from './built-in-rule.js'
import type { PolicyFunction } from './index.js'

/** Bytes of a refusal reason on the wire at most. */
export const MAX_REASON_BYTES = 256

/** One line of at most 256 bytes, cut between characters. */
export function oneLine(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim()
  if (Buffer.byteLength(line) <= MAX_REASON_BYTES) return line
  const cut = new TextDecoder().decode(Buffer.from(line).subarray(0, MAX_REASON_BYTES - 3))
  return `${cut.replace(/\ufffd+$/, '')}…`
}

export const isRefusalCode = (code: unknown): code is RefusalCode => REFUSAL_CODES.some(known => known === code)

export interface FunctionGuard {
  readonly clock: Clock
  readonly logger: Logger
  /** How long one function may take, ms. */
  readonly timeoutMs: number
}

/**
 * Runs an in-process function. One that throws, is late or returns something else than a decision is a fault of our
 * own, and the safe outcome of a fault is a refusal whose reason names it. When the caller's signal aborts, its reason
 * is thrown.
 */
export async function runFunction(
  rule: string,
  decide: PolicyFunction,
  facts: PolicyFacts,
  { clock, logger, timeoutMs }: FunctionGuard,
  signal?: AbortSignal
): Promise<PolicyDecision | undefined> {
  const fault = (why: string): PolicyDecision => {
    componentLogger(logger, 'policy/function-guard').warn({ rule, why }, 'policy function failed')
    return refuse(rule, 'POLICY', oneLine(`policy function failed: ${why}`))
  }
  const deadline = deadlineSignal(clock, timeoutMs, signal)
  try {
    const value: unknown = await raceSignal(Promise.resolve(decide(facts)), deadline.signal)
    return value === undefined ? undefined : (asDecision(value, rule) ?? fault(`it returned ${shown(value)}`))
  } catch (error) {
    signal?.throwIfAborted()
    return fault(deadline.signal.aborted ? `no decision within ${timeoutMs}ms` : messageOf(error))
  } finally {
    deadline.clear()
  }
}

/** JavaScript callers get no type check: the shape is checked here. */
function asDecision(value: unknown, name: string): PolicyDecision | undefined {
  if (value === null || typeof value !== 'object') return undefined
  const { outcome, rule, reason, code } = value as Record<string, unknown>
  const words = {
    rule: typeof rule === 'string' && rule !== '' ? rule : name,
    reason: oneLine(typeof reason === 'string' ? reason : '')
  }
  if (outcome === 'approve') return { outcome, ...words }
  return outcome === 'refuse' && isRefusalCode(code) ? { outcome, code, ...words } : undefined
}
