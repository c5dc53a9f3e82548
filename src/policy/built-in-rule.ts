import type { GrantLimits } from '../domain/grant.js'
import type { PolicyDecision, PolicyRule } from '../domain/policy-rules.js'
import type { RefusalCode } from '../domain/refusal.js'
import { formatSize, parseSize } from '../domain/units.js'
import { InvalidArgumentError, messageOf } from '../errors.js'

/** Asks per minute. */
export interface PolicyRates {
  readonly perSp: number
  /** For an SP that nothing ties to its peer ids: anyone may speak in its name. */
  readonly perOpenSp: number
  readonly total: number
}

/** A rule that says what it does, and what the ledger and the approver enforce beside it. */
export interface BuiltInRule extends PolicyRule {
  /** For people: continues the rule's name. */
  readonly text: string
  /** Figures, or what tells them at each ask. */
  readonly limits?: Partial<GrantLimits> | (() => Partial<GrantLimits>)
  readonly rates?: Partial<PolicyRates>
}

/** Bytes, or as people write them: `5GiB`. */
export type Size = bigint | string

/** A size, or what tells it at each ask: called often, so it must be quick. */
export type SizeSource = Size | (() => Size)

/** A size that is read at each ask. What tells it may throw, or tell something else: then there is no room. */
export interface LiveSize {
  readonly text: string
  read(): bigint | InvalidArgumentError
}

export function liveSize(what: string, size: SizeSource): LiveSize {
  if (typeof size !== 'function') {
    const bytes = sizeOf(what, size)
    return { text: sizeText(bytes), read: () => bytes }
  }
  const read = (): bigint | InvalidArgumentError => {
    try {
      return sizeOf(what, size())
    } catch (cause) {
      return new InvalidArgumentError(what, 'a function that tells a size', messageOf(cause), { cause })
    }
  }
  return { text: 'what a function tells', read }
}

export function sizeOf(what: string, size: Size): bigint {
  const bytes = typeof size === 'bigint' ? size : typeof size === 'string' ? parseSize(size) : undefined
  if (bytes === undefined || bytes < 0n) throw new InvalidArgumentError(what, "a size such as '5GiB'", size)
  return bytes
}

export function wholeNumber(what: string, value: number, min: number, max: number): number {
  if (!Number.isSafeInteger(value) || value < min || value > max) {
    throw new InvalidArgumentError(what, `a whole number from ${min} to ${max}`, value)
  }
  return value
}

/** A size in a sentence: short where that is exact, in bytes where rounding would hide the point. */
export function sizeText(bytes: bigint): string {
  const short = formatSize(bytes)
  return parseSize(short) === bytes ? short : `${bytes} bytes`
}

export const refuse = (rule: string, code: RefusalCode, reason: string): PolicyDecision => ({
  outcome: 'refuse',
  rule,
  code,
  reason
})
