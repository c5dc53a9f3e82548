/** Building blocks of the API's schemas. Every schema with a title becomes a named component of the OpenAPI document. */

import { type Schema, Type } from '../../../kit/http/schema-type.js'
import { ProblemSchema } from './problem.js'

/** 64-bit and larger integers travel as decimal strings: JSON numbers lose digits above 2^53. */
export const Decimal = Type.String({ pattern: '^[0-9]+$', description: 'Decimal integer of up to 256 bits' })
export const Base64 = Type.String({ description: 'Bytes in standard base64' })
export const UnixMs = Type.Number({ description: 'Unix time in milliseconds' })
export const Address = Type.String({ description: 'Operator address of an SP, EIP-55' })
export const PeerId = Type.String({ description: 'libp2p peer id' })

export const nullable = <T extends Schema>(schema: T) => Type.Union([schema, Type.Null()])

/** Task and grant keys contain slashes and colons. */
export const KeyParams = Type.Object({
  key: Type.String({
    minLength: 1,
    maxLength: 4096,
    description: 'Percent-encoded in one path segment: `/` is %2F, `:` is %3A'
  })
})

export const Duration = (description: string) =>
  Type.String({
    minLength: 2,
    maxLength: 16,
    description,
    examples: ['5s'],
    'x-expected': 'a duration with its unit, e.g. 500ms, 5s or 2m'
  })

/** Problem responses of a route that asks the module, for the OpenAPI document. */
export const problems = (...statuses: readonly ProblemStatus[]): Record<never, never> =>
  onlyProblems(401, 403, 500, ...statuses)

export function onlyProblems(...statuses: readonly ProblemStatus[]): Record<never, never> {
  return Object.fromEntries(
    statuses
      .toSorted()
      .map(status => [
        status,
        { description: PROBLEMS[status], content: { 'application/problem+json': { schema: ProblemSchema } } }
      ])
  )
}

export type ProblemStatus = keyof typeof PROBLEMS

const PROBLEMS = {
  400: 'The request is not what was expected, or GfSp 70001 (request repeated), 970002 (request exceed limit)',
  401: 'No bearer token, or another one',
  403: 'The Host or Origin header names another machine',
  404: 'Nothing with that name, or GfSp 70002 (insufficient approvals) with the report',
  409: 'The ask was cancelled',
  413: 'The body is larger than 256 KiB',
  415: 'The body is not application/json',
  422: 'The Idempotency-Key came before with another body',
  429: 'A resource limit is reached; retry-after says when to try again',
  500: 'A fault of our own; the log has it under the requestId',
  501: 'This node was started without what the route needs',
  503: 'Not running, no trustworthy height or SP list, store not writable; retry-after where waiting helps'
} as const
