/** RFC 9457 problem details: the one shape of every error that our HTTP servers answer with. */
import type { FastifyError } from 'fastify'

export const PROBLEM_TYPE = 'application/problem+json'

/** An error that a client may see. Any other one answers 500, and only the log has its cause. */
export interface Fault extends Error {
  readonly httpStatus: number
  /** Stable name, `ERR_…`. */
  readonly code: string
  readonly hint?: string | undefined
  readonly retryAfterMs?: number | undefined
}

interface HttpErrorOptions {
  readonly hint?: string
  readonly retryAfterMs?: number
  readonly cause?: unknown
  /** Further members of its problem, e.g. the checks that failed. */
  readonly members?: Readonly<Record<string, unknown>>
}

/** A fault that only an HTTP request can have. */
export class HttpError extends Error implements Fault {
  override readonly name = 'HttpError'
  readonly hint: string | undefined
  readonly retryAfterMs: number | undefined
  readonly members: Readonly<Record<string, unknown>>

  constructor(
    readonly httpStatus: number,
    readonly code: string,
    message: string,
    options: HttpErrorOptions = {}
  ) {
    super(message, { cause: options.cause })
    this.hint = options.hint
    this.retryAfterMs = options.retryAfterMs
    this.members = options.members ?? {}
  }
}

export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  /** Another system's number for this fault, where it has one; else the stable name. */
  readonly code: string | number
  /** The stable name, always. */
  readonly name: string
  readonly hint?: string
  readonly requestId: string
  readonly [extension: string]: unknown
}

export interface ProblemRules {
  /** Prefix of the problem's `type`, e.g. `urn:example:error:`. */
  readonly urn: string
  /** Members that a fault adds to its problem or puts in the place of ours. */
  readonly membersOf?: (fault: Fault) => Readonly<Record<string, unknown>>
}

export const toProblem = (fault: Fault, requestId: string, { urn, membersOf }: ProblemRules): Problem => ({
  type: `${urn}${fault.code}`,
  title: titleOf(fault.code),
  status: fault.httpStatus,
  detail: fault.message,
  code: fault.code,
  name: fault.code,
  ...(fault.hint === undefined ? {} : { hint: fault.hint }),
  requestId,
  ...(fault instanceof HttpError ? fault.members : membersOf?.(fault))
})

/** `ERR_REQUEST_REPEATED` → `Request repeated`. */
function titleOf(code: string): string {
  const words = code.replace(/^ERR_/, '').replaceAll('_', ' ').toLowerCase()
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** What was thrown, as a fault that may be shown. @param bodyBytes the server's limit */
export function faultOf(thrown: unknown, bodyBytes: number): Fault {
  if (thrown instanceof Error && 'httpStatus' in thrown) return thrown as Fault
  const { code, statusCode = 500, message = '' }: Partial<FastifyError> = Object(thrown)
  const options = { cause: thrown }
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new HttpError(
        413,
        'ERR_BODY_TOO_LARGE',
        `body: expected at most ${bodyBytes / 1024} KiB, got more`,
        options
      )
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new HttpError(415, 'ERR_UNSUPPORTED_MEDIA_TYPE', 'content-type: expected application/json', options)
    case 'FST_ERR_BAD_URL':
      return new HttpError(400, 'ERR_BAD_REQUEST', 'path: expected valid percent-encoding, got something else')
  }
  if (statusCode >= 400 && statusCode < 500) {
    return new HttpError(statusCode, 'ERR_BAD_REQUEST', `request: ${message.split('\n', 1)[0] ?? ''}`, options)
  }
  return new HttpError(500, 'ERR_INTERNAL', 'the request failed for a reason of our own', {
    ...options,
    hint: 'the log has the cause under this requestId'
  })
}
