import {
  type CoordinatorRefusal,
  CoordinatorRefusedError,
  DecodeError,
  messageOf,
  UnreachableError
} from '../../errors.js'
import { type Clock, withDeadline } from '../../kit/clock.js'

/** 10,000 SPs with a few nodes each. */
const MAX_ANSWER_BYTES = 32 * 1024 * 1024
/** Below 5 s, so that a change is seen within 5 s even after a poll that hung. */
const REQUEST_TIMEOUT_MS = 3_000

/** What a refusal says besides its reason; the cause of a CoordinatorRefusedError. */
export interface Problem {
  /** The highest serial it has seen of us. */
  readonly lastSerial: number | undefined
}

/** Requests to a coordinator: one deadline each, answers capped, redirects refused. */
export class CoordinatorClient {
  readonly #base: URL
  readonly #login: { readonly authorization?: string } = {}
  readonly #clock: Clock

  constructor(url: string, clock: Clock) {
    this.#base = new URL(url.endsWith('/') ? url : `${url}/`)
    const { username, password } = this.#base
    // fetch refuses a URL with credentials, and quotes it in its error.
    if (username !== '' || password !== '') this.#login = basicAuth(username, password)
    this.#base.username = ''
    this.#base.password = ''
    this.#clock = clock
  }

  /** @param known sequence of the list we have; it is not sent again */
  state(known: bigint | undefined, signal: AbortSignal): Promise<unknown> {
    return this.#request('GET', known === undefined ? 'v1/state' : `v1/state?known=${known}`, undefined, signal)
  }

  post(path: 'v1/join' | 'v1/leave', body: object, signal: AbortSignal): Promise<unknown> {
    return this.#request('POST', path, body, signal)
  }

  /** @throws UnreachableError | DecodeError | CoordinatorRefusedError with a {@link Problem} as its cause */
  async #request(method: string, path: string, body: object | undefined, parent: AbortSignal): Promise<unknown> {
    const headers = {
      ...this.#login,
      accept: 'application/json',
      ...(body !== undefined && { 'content-type': 'application/json' })
    }
    const content = body === undefined ? null : JSON.stringify(body)
    return await withDeadline(this.#clock, REQUEST_TIMEOUT_MS, parent, async signal => {
      const init = { method, headers, body: content, redirect: 'error', signal } as const
      const response = await fetch(new URL(path, this.#base), init).catch(cause => {
        throw new UnreachableError(`expected an answer, got ${networkError(cause)}`, { cause })
      })
      const answer = parseJson(await readText(response))
      if (response.ok) return answer
      throw refusal(response.status, answer)
    })
  }
}

/** `https://user:password@HOST`: a proxy in front of the coordinator may want them. */
function basicAuth(username: string, password: string): { readonly authorization: string } {
  const text = [username, password].map(decodeURIComponent).join(':')
  return { authorization: `Basic ${Buffer.from(text).toString('base64')}` }
}

/** The message of fetch is always `fetch failed`; the reason is in its cause. */
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

const REASONS: readonly CoordinatorRefusal[] = [
  'network',
  'clock',
  'not-admitted',
  'removed',
  'signature',
  'serial',
  'peer-taken'
]

/** A problem document is not signed: its text is shown on one line, and a serial in it is only a hint. */
function refusal(httpStatus: number, answer: unknown): Error {
  const { detail, reason, lastSerial } = Object(answer) as Record<string, unknown>
  const text = typeof detail === 'string' ? detail.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 300) : `status ${httpStatus}`
  const known = REASONS.find(one => one === reason)
  if (known === undefined) return new UnreachableError(`the coordinator answered ${httpStatus}: ${text}`)
  const cause: Problem = { lastSerial: Number.isSafeInteger(lastSerial) ? Number(lastSerial) : undefined }
  return new CoordinatorRefusedError(known, text, { cause })
}
