import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import { HttpError, PROBLEM_TYPE, type ProblemRules, toProblem } from './problem.js'

/** Answers what Node's HTTP parser refuses; there is no request yet. */
export function refuseNoHttp(
  error: Error & { code?: string },
  socket: Socket,
  problems: ProblemRules,
  timeoutMs: number
): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const [status, reason, detail] =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? ([431, 'Request Header Fields Too Large', 'headers: expected at most 16 KiB, got more'] as const)
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? ([408, 'Request Timeout', `request: expected all of it in ${timeoutMs} ms`] as const)
        : ([400, 'Bad Request', 'request: expected HTTP/1.1, got something else'] as const)
  const body = JSON.stringify(toProblem(new HttpError(status, 'ERR_BAD_REQUEST', detail), randomUUID(), problems))
  socket.end(
    `HTTP/1.1 ${status} ${reason}\r\ncontent-type: ${PROBLEM_TYPE}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n` +
      `connection: close\r\n\r\n${body}`
  )
}
