import { SpApprovalError } from '../../index.js'

/** What only HTTP can get wrong; every other fault keeps the class it has in the module. */
export class HttpApiError extends SpApprovalError {
  /** Further members of its problem, e.g. the checks that failed. */
  readonly members: Readonly<Record<string, unknown>>

  constructor(
    status: number,
    code: HttpApiErrorCode,
    message: string,
    { members = {}, ...options }: HttpApiErrorOptions = {}
  ) {
    super({ code, message, httpStatus: status, exitCode: status < 500 ? 2 : 1, ...options })
    this.members = members
  }
}

interface HttpApiErrorOptions {
  readonly hint?: string
  readonly retryAfterMs?: number
  readonly cause?: unknown
  readonly members?: Readonly<Record<string, unknown>>
}

export type HttpApiErrorCode =
  | 'ERR_INVALID_ARGUMENT'
  | 'ERR_BAD_REQUEST'
  | 'ERR_UNAUTHORIZED'
  | 'ERR_FORBIDDEN_HOST'
  | 'ERR_NO_SUCH_ROUTE'
  | 'ERR_METHOD_NOT_ALLOWED'
  | 'ERR_BODY_TOO_LARGE'
  | 'ERR_UNSUPPORTED_MEDIA_TYPE'
  | 'ERR_IDEMPOTENCY_KEY_REUSED'
  | 'ERR_TOO_MANY_STREAMS'
  | 'ERR_NOT_OFFERED'
  | 'ERR_NOT_READY'
  | 'ERR_SHUTTING_DOWN'

/** A route whose hook or source this node was started without. */
export const notOffered = (what: string, needed: string): HttpApiError =>
  new HttpApiError(501, 'ERR_NOT_OFFERED', `${what}: this node was started without ${needed}`)
