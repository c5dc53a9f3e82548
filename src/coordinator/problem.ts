/** RFC 9457 problem details of the coordinator. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { CoordinatorRefusedError, messageOf, SpApprovalError } from '../errors.js'
import type { Logger } from '../logger.js'
import { SerialError } from './book.js'

const PROBLEM_TYPE = 'application/problem+json'
export const MAX_BODY_BYTES = 64 * 1024

/** Sends what was thrown; faults of our own go to the log, the client gets their id. */
export const problemHandler =
  (logger: Logger) =>
  (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const shown = shownError(error)
    if (shown.httpStatus >= 500) logger.error({ requestId: request.id, error: messageOf(error) }, 'request failed')
    if (shown.retryAfterMs !== undefined) reply.header('retry-after', Math.ceil(shown.retryAfterMs / 1_000))
    return reply.code(shown.httpStatus).type(PROBLEM_TYPE).send(problemOf(shown, request.id))
  }

function problemOf(error: SpApprovalError, requestId: string): object {
  return {
    type: `urn:sp-approval:error:${error.code}`,
    title: error.code,
    status: error.httpStatus,
    detail: error.message,
    code: error.code,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(error instanceof CoordinatorRefusedError ? { reason: error.reason } : {}),
    ...(error instanceof SerialError ? { lastSerial: error.lastSerial } : {}),
    requestId
  }
}

function shownError(error: unknown): SpApprovalError {
  if (error instanceof SpApprovalError) return error
  const { code, statusCode = 500, validation, validationContext = 'request' } = Object(error)
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return badRequest(413, `body: expected at most ${MAX_BODY_BYTES} bytes, got more`)
  }
  if (Array.isArray(validation)) return badRequest(400, `${validationContext}${fault(validation[0])}`)
  if (statusCode >= 400 && statusCode < 500) return badRequest(statusCode, `request: ${messageOf(error)}`)
  return new SpApprovalError({ code: 'ERR_INTERNAL', message: 'the request failed', httpStatus: 500, cause: error })
}

const badRequest = (httpStatus: number, message: string): SpApprovalError =>
  new SpApprovalError({ code: 'ERR_BAD_REQUEST', message, httpStatus })

/** `/nodes/0/peerId` of the schema's complaint, as `.nodes.0.peerId: must be string`. */
function fault(raw: unknown): string {
  const { instancePath = '', message = 'is not what was expected' } = Object(raw)
  return `${String(instancePath).replaceAll('/', '.')}: ${message}`
}
