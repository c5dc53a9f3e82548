/** How a route is described: for its checks, its types and the OpenAPI document. */
import type { FastifySchema } from 'fastify'
import { ProblemSchema } from '../schemas/problem.js'

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

type ProblemStatus = keyof typeof PROBLEMS

/** Whatever a route does, it may answer with these. */
const ALWAYS: readonly ProblemStatus[] = [401, 403, 500]

interface Parts extends Pick<FastifySchema, 'body' | 'querystring' | 'params' | 'headers'> {
  readonly description?: string
  /** Default: the token. `{}`: none is needed. */
  readonly security?: readonly { readonly token?: readonly [] }[]
  /** Schemas by status. */
  readonly answers: Readonly<Record<number, unknown>>
  readonly problems?: readonly ProblemStatus[]
  /** Of the statuses that every route has; default all of them. */
  readonly always?: readonly ProblemStatus[]
}

interface Operation<P extends Parts> {
  readonly schema: Omit<P, 'answers' | 'problems' | 'always'> & { readonly response: P['answers'] }
}

/** @param operationId as the contract's method is called, where there is one */
export function operation<P extends Parts>(
  tag: string,
  operationId: string,
  summary: string,
  { answers, problems = [], always = ALWAYS, ...parts }: P
): Operation<P> {
  const response = { ...answers, ...problemAnswers([...always, ...problems].sort()) }
  return { schema: { operationId, tags: [tag], summary, ...parts, response } }
}

const problemAnswers = (statuses: readonly ProblemStatus[]): object =>
  Object.fromEntries(
    statuses.map(status => [
      status,
      { description: PROBLEMS[status], content: { 'application/problem+json': { schema: ProblemSchema } } }
    ])
  )
