/** RFC 9457 problem details: the one shape of every error of the HTTP APIs. */
import type { FastifyError } from 'fastify'
import { InsufficientApprovalError, SpApprovalError } from '../../index.js'
import { HttpApiError } from './http-error.js'
import { askOfReport } from './views/ask-view.js'

export const PROBLEM_TYPE = 'application/problem+json'

export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  /** GfSp's number where it has one, else the stable name. */
  readonly code: string | number
  readonly codeSpace?: string
  /** The stable name, always. */
  readonly name: string
  readonly hint?: string
  readonly requestId: string
  readonly [extension: string]: unknown
}

/** What was thrown as an error that may be shown. Whatever the module did not raise itself is told to the log only. */
export function toApiError(error: unknown): SpApprovalError {
  if (error instanceof SpApprovalError) return error
  const { code, statusCode, message } = fastifyErrorOf(error)
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new HttpApiError(413, 'ERR_BODY_TOO_LARGE', 'body: expected at most 256 KiB, got more', { cause: error })
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new HttpApiError(415, 'ERR_UNSUPPORTED_MEDIA_TYPE', 'content-type: expected application/json', {
        cause: error
      })
    case 'FST_ERR_BAD_URL':
      return new HttpApiError(400, 'ERR_BAD_REQUEST', 'path: expected valid percent-encoding, got something else')
  }
  if (statusCode >= 400 && statusCode < 500) {
    const line = message.split('\n', 1)[0] ?? ''
    return new HttpApiError(statusCode, 'ERR_BAD_REQUEST', `request: ${line}`, { cause: error })
  }
  return new SpApprovalError({
    code: 'ERR_INTERNAL',
    message: 'the request failed for a reason of our own',
    hint: 'the log has the cause under this requestId',
    httpStatus: 500,
    cause: error
  })
}

export function toProblem(error: SpApprovalError, requestId: string): Problem {
  return {
    type: `urn:sp-approval:error:${error.code}`,
    title: titleOf(error.code),
    status: error.httpStatus,
    detail: error.message,
    code: error.gfsp?.innerCode ?? error.code,
    ...(error.gfsp === undefined ? {} : { codeSpace: error.gfsp.codeSpace }),
    name: error.code,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    requestId,
    ...membersOf(error)
  }
}

/** Members that an error adds to its problem. */
const membersOf = (error: SpApprovalError): Readonly<Record<string, unknown>> =>
  error instanceof InsufficientApprovalError
    ? { report: askOfReport(error.report, 'insufficient') }
    : error instanceof HttpApiError
      ? error.members
      : {}

/** Seconds for `retry-after`, where waiting helps. */
export const retryAfterSeconds = (error: SpApprovalError): number | undefined =>
  error.retryAfterMs === undefined ? undefined : Math.max(1, Math.ceil(error.retryAfterMs / 1000))

/** `ERR_REQUEST_REPEATED` → `Request repeated`. */
function titleOf(code: string): string {
  const words = code.replace(/^ERR_/, '').replaceAll('_', ' ').toLowerCase()
  return words.charAt(0).toUpperCase() + words.slice(1)
}

function fastifyErrorOf(error: unknown): Pick<FastifyError, 'code' | 'message'> & { statusCode: number } {
  if (!(error instanceof Error)) return { code: '', message: '', statusCode: 500 }
  const { code, statusCode } = error as Partial<FastifyError>
  return { code: code ?? '', message: error.message, statusCode: statusCode ?? 500 }
}
