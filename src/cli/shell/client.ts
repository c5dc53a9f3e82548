/** Talks to a running daemon over its HTTP API. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { EffectiveConfig } from '../../config/index.js'
import { messageOf, SpApprovalError, UnreachableError } from '../../errors.js'
import { configOf, type DaemonOptions } from './options.js'
import { loadToken } from './token-file.js'
import { adviceInCommands } from './words.js'

/** A daemon that answers no request at all in this time is not reachable. */
const ANSWER_MS = 10_000

/** What the daemon refused, as its problem document says it. */
export class DaemonError extends SpApprovalError {
  constructor(
    status: number,
    readonly problem: Readonly<Record<string, unknown>>
  ) {
    const text = (name: string): string | undefined => (typeof problem[name] === 'string' ? problem[name] : undefined)
    const code = text('name') ?? `HTTP_${status}`
    const hint = code === 'ERR_UNAUTHORIZED' ? 'give the token file of that daemon: --token-file' : text('hint')
    super({
      code,
      message: inWordsOfTheCommand(text('detail') ?? `the daemon answered ${status}`),
      httpStatus: status,
      exitCode: exitCodeOf(code),
      ...(hint !== undefined && { hint })
    })
  }
}

/** Codes of calls that cannot succeed however often they are repeated; as the module's own errors have it. */
const USAGE = /^ERR_(INVALID_ARGUMENT|CONFIG|KEY_FILE|BAD_TASK|TASK_MISSING|BAD_REQUEST|UNAUTHORIZED|FORBIDDEN_HOST)$/

/** `query.subKey: …` is an option of a command, `path.key: …` its argument. */
const inWordsOfTheCommand = (message: string): string =>
  message
    .replace(
      /^(?:query\.|body\.(?=asker))(\w+)/,
      (_, name: string) => `--${name.replace(/[A-Z]/g, '-$&').toLowerCase()}`
    )
    .replace(/^path\.(\w+)/, (_, name: string) => name.toUpperCase())

function exitCodeOf(code: string): 1 | 2 | 3 | 4 {
  if (code === 'ERR_INSUFFICIENT_APPROVALS') return 4
  if (code === 'ERR_UNREACHABLE') return 3
  return USAGE.test(code) ? 2 : 1
}

export interface RequestOptions {
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
  readonly timeoutMs?: number
}

export interface Answer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

/** Requests to one daemon. They throw DaemonError and UnreachableError. */
export class DaemonClient {
  readonly #url: string
  readonly #token: string

  constructor(readonly config: EffectiveConfig) {
    this.#url = daemonUrl(config)
    this.#token = tokenOf(config.settings.Api.TokenFile, this.#url)
  }

  async request(method: Method, path: string, options: RequestOptions = {}): Promise<Answer> {
    const response = await this.#fetch(method, path, options)
    return { status: response.status, body: await this.#jsonOf(response) }
  }

  async send<T>(method: Method, path: string, options?: RequestOptions): Promise<T> {
    return (await this.request(method, path, options)).body as T
  }

  get<T>(path: string, options?: RequestOptions): Promise<T> {
    return this.send('GET', path, options)
  }

  post<T>(path: string, body: unknown = {}): Promise<T> {
    return this.send('POST', path, { body })
  }

  /** The raw response of a stream. */
  open(path: string, { signal }: { readonly signal: AbortSignal }): Promise<Response> {
    return this.#fetch('GET', path, { signal, timeoutMs: 2 ** 31 - 1 })
  }

  async #fetch(method: Method, path: string, request: RequestOptions): Promise<Response> {
    const timeout = AbortSignal.timeout(Math.ceil(request.timeoutMs ?? ANSWER_MS))
    const signal = request.signal === undefined ? timeout : AbortSignal.any([timeout, request.signal])
    const headers = {
      ...request.headers,
      authorization: `Bearer ${this.#token}`,
      ...(request.body !== undefined && { 'content-type': 'application/json' })
    }
    const body = request.body === undefined ? null : JSON.stringify(request.body)
    let response: Response
    try {
      response = await fetch(`${this.#url}${path}`, { method, headers, body, signal, redirect: 'error' })
    } catch (error) {
      if (request.signal?.aborted === true) throw error
      throw unreachable(this.#url, timeout.aborted ? 'no answer' : causeOf(error), error)
    }
    if (!response.ok) throw new DaemonError(response.status, await this.#jsonOf(response))
    return response
  }

  async #jsonOf(response: Response): Promise<Answer['body']> {
    let body: unknown
    try {
      body = JSON.parse(await response.text(), adviceInCommands)
    } catch (error) {
      throw unreachable(this.#url, `an answer ${response.status} that is not JSON`, error)
    }
    if (body !== null && typeof body === 'object') return body as Answer['body']
    throw unreachable(this.#url, `an answer ${response.status} that is no object`, undefined)
  }
}

/** Finds the daemon by flag, or by the configuration that it was started with. */
export async function connect(options: DaemonOptions): Promise<DaemonClient> {
  const http = options.http?.replace(/^https?:\/\//, '').replace(/\/+$/, '')
  return new DaemonClient(await configOf(options, { http, tokenFile: options.tokenFile }))
}

/** The file in which a running daemon tells its URL; port 0 is only known there. */
export const urlFile = (config: EffectiveConfig): string => join(config.settings.P2P.DataPath, 'api.url')

/** As `--http` says; else where the daemon of this data folder says that it listens; else as configured. */
function daemonUrl(config: EffectiveConfig): string {
  const address = config.settings.Api.HTTPAddress
  const configured = `http://${address}`
  if (config.sourceOf('Api.HTTPAddress').from === 'flag') return callable(configured)
  let cause: unknown
  try {
    const told = readFileSync(urlFile(config), 'utf8').trim()
    if (/^http:\/\/[^/\s]+:\d+$/.test(told)) return callable(told)
  } catch (error) {
    cause = error
  }
  if (!address.endsWith(':0')) return callable(configured)
  throw unreachable(`the daemon of ${config.settings.P2P.DataPath}`, 'no api.url file there', cause)
}

/** A server that listens on every address is called on loopback. */
const callable = (url: string): string =>
  url.replace(/^http:\/\/(0\.0\.0\.0|localhost):/, 'http://127.0.0.1:').replace(/^http:\/\/\[::\]:/, 'http://[::1]:')

function tokenOf(file: string, url: string): string {
  if (!existsSync(file)) throw unreachable(url, `no token file ${file}`, undefined)
  return loadToken(file)
}

function unreachable(url: string, got: string, cause: unknown): UnreachableError {
  return new UnreachableError(`${url}: expected a running daemon, got ${got}`, {
    cause,
    hint: 'start it with sp-approval start, or point to it: -c FILE or --http HOST:PORT --token-file FILE'
  })
}

/** fetch says “fetch failed”; the reason is its cause. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (code === 'ECONNREFUSED') return 'connection refused'
  return messageOf(cause ?? error)
}
