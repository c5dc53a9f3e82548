/** Codes of a signed refusal (1.0.0), final for its nonce. On 0.0.1 a refusal stays silent on the wire. */
export const REFUSAL_CODES = ['NO_CAPACITY', 'TOO_LARGE', 'POLICY', 'NOT_IN_SERVICE'] as const
export type RefusalCode = (typeof REFUSAL_CODES)[number]

/** Codes of an unsigned error, no evidence. */
export const ANSWER_ERROR_CODES = [
  'RATE_LIMITED',
  'BUSY',
  'SHUTTING_DOWN',
  'CHAIN_UNAVAILABLE',
  'INTERNAL',
  'BAD_TASK',
  'BAD_SIGNATURE',
  'EXPIRED',
  'MISMATCH',
  'UNKNOWN_SP',
  'UNSUPPORTED'
] as const
export type AnswerErrorCode = (typeof ANSWER_ERROR_CODES)[number]

/** What an approver decided about an ask that it does not grant. */
export interface Denial {
  readonly outcome: 'refused' | 'error'
  readonly code: RefusalCode | AnswerErrorCode
  readonly reason: string
  /** Name of the rule or step that decided, for logs and metrics. */
  readonly rule: string
}

/** A denial that is no evidence and final for nothing. */
export const errorDenial = (code: AnswerErrorCode, rule: string, reason: string): Denial => ({
  outcome: 'error',
  code,
  rule,
  reason
})
