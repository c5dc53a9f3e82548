import {
  type CoordinatorRefusal,
  CoordinatorRefusedError,
  DecodeError,
  messageOf,
  UnreachableError
} from '../../errors.js'
import type { Clock } from '../../kit/clock.js'
import { deadlineSignal } from '../../kit/clock.js'

/** 10,000 SPs with a few nodes each. */
const MAX_ANSWER_BYTES = 32 * 1024 * 1024
/** Below 5 s, so that a change is seen within 5 s even after a poll that hung. */
const REQUEST_TIMEOUT_MS = 3_000

/** A coordinator's answer with a status other than 2xx. */
export interface Problem {
  readonly status: number
  readonly detail: string
  readonly reason: string | undefined
  /** The highest serial it has seen of us. */
  readonly lastSerial: number | undefined
}

/** Requests to a coordinator: one deadline each, answers capped, redirects refused. */
export class CoordinatorClient {
  readonly #base: URL
  readonly #clock: Clock

  constructor(url: string, clock: Clock) {
    this.#base = new URL(url.endsWith('/') ? url : `${url}/`)
    this.#clock = clock
  }

  /** @param known sequence of the list we have; it is not sent again */
  state(known: bigint | undefined, signal: AbortSignal): Promise<unknown> {
    return this.#request('GET', known === undefined ? 'v1/state' : `v1/state?known=${known}`, undefined, signal)
  }

  join(body: object, signal: AbortSignal): Promise<unknown> {
    return this.#request('POST', 'v1/join', body, signal)
  }

  leave(body: object, signal: AbortSignal): Promise<unknown> {
    return this.#request('POST', 'v1/leave', body, signal)
  }

  /** @throws UnreachableError | DecodeError | CoordinatorRefusedError with a {@link Problem} as its cause */
  async #request(method: string, path: string, body: object | undefined, parent: AbortSignal): Promise<unknown> {
    const deadline = deadlineSignal(this.#clock, REQUEST_TIMEOUT_MS, parent)
    try {
      const response = await this.#fetch(method, path, body, deadline.signal)
      const answer = parseJson(await readText(response))
      if (response.ok) return answer
      throw refusal(problemOf(response.status, answer))
    } finally {
      deadline.clear()
    }
  }

  async #fetch(method: string, path: string, body: object | undefined, signal: AbortSignal): Promise<Response> {
    try {
      return await fetch(new URL(path, this.#base), {
        method,
        redirect: 'error',
        signal,
        headers: { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) })
      })
    } catch (cause) {
      throw new UnreachableError(`expected an answer, got ${networkError(cause)}`, { cause })
    }
  }
}

/** `fetch failed` says nothing; its cause does. */
function networkError(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined
  return code ?? messageOf(cause instanceof Error ? cause : error)
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of response.body ?? []) {
      size += chunk.length
      if (size > MAX_ANSWER_BYTES)
        throw new DecodeError('too-large', `an answer of more than ${MAX_ANSWER_BYTES} bytes`)
      chunks.push(chunk)
    }
  } catch (cause) {
    if (cause instanceof DecodeError) throw cause
    throw new UnreachableError(`expected a whole answer, got ${networkError(cause)}`, { cause })
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parseJson(text: string): unknown {
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new DecodeError('malformed', 'expected an answer of JSON', { cause })
  }
}

/** Nothing of a problem is signed: it is shown, on one line, and a serial in it is only a hint. */
function problemOf(status: number, answer: unknown): Problem {
  const { detail, reason, lastSerial } = Object(answer) as Record<string, unknown>
  return {
    status,
    detail: typeof detail === 'string' ? detail.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 300) : `status ${status}`,
    reason: typeof reason === 'string' ? reason : undefined,
    lastSerial: typeof lastSerial === 'number' && Number.isSafeInteger(lastSerial) ? lastSerial : undefined
  }
}

const REASONS: readonly string[] = ['network', 'clock', 'not-admitted', 'removed', 'signature', 'serial', 'peer-taken']

function refusal(problem: Problem): Error {
  const known = problem.reason !== undefined && REASONS.includes(problem.reason)
  if (!known) return new UnreachableError(`the coordinator answered ${problem.status}: ${problem.detail}`)
  return new CoordinatorRefusedError(problem.reason as CoordinatorRefusal, problem.detail, {
    httpStatus: problem.status,
    cause: problem
  })
}
