/**
 * Every fault this module raises. `code` is stable and has a heading in docs/ERRORS.md; `message` is one line that
 * says what was expected and what came. GfSp's own error numbers are kept where it has one.
 */
import { shown } from './kit/shown.js'

export { fileFaultOf, messageOf } from './kit/error-text.js'
export { shown }

export interface GfspCode {
  readonly codeSpace: 'p2p' | 'TaskQueue' | 'base'
  readonly innerCode: number
}

interface ErrorInit {
  readonly code: string
  readonly message: string
  /** What to do about it. */
  readonly hint?: string
  readonly cause?: unknown
  /** Status of the HTTP API. */
  readonly httpStatus: number
  /** Exit code of the CLI: 1 runtime, 2 usage or config, 3 not reachable, 4 insufficient approvals. */
  readonly exitCode?: 1 | 2 | 3 | 4
  readonly gfsp?: GfspCode
  readonly retryAfterMs?: number
}

export class SpApprovalError extends Error {
  readonly code: string
  readonly hint: string | undefined
  readonly httpStatus: number
  readonly exitCode: 1 | 2 | 3 | 4
  readonly gfsp: GfspCode | undefined
  readonly retryAfterMs: number | undefined

  constructor(init: ErrorInit) {
    super(init.message, init.cause === undefined ? undefined : { cause: init.cause })
    this.name = new.target.name
    this.code = init.code
    this.hint = init.hint
    this.httpStatus = init.httpStatus
    this.exitCode = init.exitCode ?? 1
    this.gfsp = init.gfsp
    this.retryAfterMs = init.retryAfterMs
  }
}

/** An argument of the API is not what was expected. */
export class InvalidArgumentError extends SpApprovalError {
  constructor(what: string, expected: string, got: unknown, options: { cause?: unknown; hint?: string } = {}) {
    super({
      code: 'ERR_INVALID_ARGUMENT',
      message: `${what}: expected ${expected}, got ${shown(got)}`,
      httpStatus: 400,
      exitCode: 2,
      ...options
    })
  }
}

/** A configuration, policy or SP file is not what was expected. */
export class ConfigError extends SpApprovalError {
  constructor(message: string, options: { cause?: unknown; hint?: string } = {}) {
    super({ code: 'ERR_CONFIG', message, httpStatus: 500, exitCode: 2, ...options })
  }
}

/** A key file is missing, malformed or readable by others. */
export class KeyFileError extends SpApprovalError {
  constructor(message: string, options: { cause?: unknown; hint?: string } = {}) {
    super({ code: 'ERR_KEY_FILE', message, httpStatus: 500, exitCode: 2, ...options })
  }
}

/** Remote or stored bytes that do not decode. `reason` is a stable word for logs and metrics. */
export class DecodeError extends SpApprovalError {
  constructor(
    readonly reason: DecodeReason,
    detail: string,
    options: { cause?: unknown } = {}
  ) {
    super({ code: 'ERR_DECODE', message: `${reason}: ${detail}`, httpStatus: 400, ...options })
  }
}

export type DecodeReason =
  | 'malformed' // where Go refuses too
  | 'too-large'
  | 'too-many-elements'
  | 'invalid-utf8'
  | 'non-canonical-id'
  | 'missing-object-info'
  | 'bad-chunk-number'
  | 'duplicate-field'

/** The task of a call cannot be asked for: incomplete or out of range. */
export class BadTaskError extends SpApprovalError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super({ code: 'ERR_BAD_TASK', message, httpStatus: 400, exitCode: 2, ...options })
  }
}

/** GfSp base 990701: the request carries no task. */
export class TaskMissingError extends SpApprovalError {
  constructor() {
    super({
      code: 'ERR_TASK_MISSING',
      message: 'task: expected a replicate piece approval task, got none',
      httpStatus: 400,
      exitCode: 2,
      gfsp: { codeSpace: 'base', innerCode: 990701 }
    })
  }
}

/** GfSp p2p 70001: the same task is being asked for right now. */
export class RequestRepeatedError extends SpApprovalError {
  constructor(key: string) {
    super({
      code: 'ERR_REQUEST_REPEATED',
      message: `request repeated: ${key} is running`,
      hint: 'wait for the running ask or cancel it: cancelTask(KEY)',
      httpStatus: 400,
      gfsp: { codeSpace: 'p2p', innerCode: 70001 }
    })
  }
}

/** GfSp TaskQueue 970002: the queue is full. */
export class RequestExceedLimitError extends SpApprovalError {
  constructor(capacity: number) {
    super({
      code: 'ERR_REQUEST_EXCEED_LIMIT',
      message: `request exceed limit: the task queue holds ${capacity} tasks`,
      httpStatus: 400,
      gfsp: { codeSpace: 'TaskQueue', innerCode: 970002 },
      retryAfterMs: 1_000
    })
  }
}

/** A reservation does not fit: what is held, what was asked, what the limit is. */
export class ResourceLimitError extends SpApprovalError {
  constructor(
    readonly scope: string,
    readonly resource: string,
    readonly current: number,
    readonly attempted: number,
    readonly limit: number
  ) {
    super({
      code: 'ERR_RESOURCE_LIMIT',
      message: `resource limit: ${scope}/${resource} holds ${current}, ${attempted} more asked, limit ${limit}`,
      httpStatus: 429,
      retryAfterMs: 1_000
    })
  }
}

/** No trustworthy height or SP list. Asks and grants fail closed. */
export class ChainUnavailableError extends SpApprovalError {
  constructor(message: string, options: { cause?: unknown; hint?: string } = {}) {
    super({ code: 'ERR_CHAIN_UNAVAILABLE', message, httpStatus: 503, retryAfterMs: 5_000, ...options })
  }
}

/** The ask was cancelled by its signal, by `tasks cancel` or by stopping the module. */
export class AskCancelledError extends SpApprovalError {
  constructor(key: string, options: { cause?: unknown } = {}) {
    super({ code: 'ERR_CANCELLED', message: `cancelled: ${key}`, httpStatus: 409, ...options })
  }
}

/** A wait was aborted by its signal before enough SPs were reachable. `cause` is the signal's reason. */
export class WaitAbortedError extends SpApprovalError {
  /** @param missing SPs in service that are not reachable */
  constructor(
    readonly reachable: number,
    readonly min: number,
    readonly missing: readonly string[],
    options: { cause?: unknown } = {}
  ) {
    const names = missing.length > 0 ? `not reachable: ${missing.join(', ')}` : 'the list names no other SP in service'
    super({
      code: 'ERR_WAIT_ABORTED',
      message: `wait: aborted at ${reachable} of ${min}: ${names}`,
      hint: 'diagnose() tells why an SP is not reachable',
      httpStatus: 503,
      exitCode: 3,
      ...options
    })
  }
}

/** The module is not in the state that the call needs. */
export class NotRunningError extends SpApprovalError {
  constructor(what: string, state: string) {
    super({ code: 'ERR_NOT_RUNNING', message: `${what}: expected a started module, it is ${state}`, httpStatus: 503 })
  }
}

/** The call needs a part that this module was put together without. */
export class NotOfferedError extends SpApprovalError {
  constructor(what: string, needed: string) {
    super({
      code: 'ERR_NOT_OFFERED',
      message: `${what}: this node was started without ${needed}`,
      httpStatus: 501
    })
  }
}

/** Nothing with that name. */
export class NotFoundError extends SpApprovalError {
  constructor(what: string, name: string) {
    super({ code: 'ERR_NOT_FOUND', message: `${what}: none with the name ${shown(name)}`, httpStatus: 404 })
  }
}

/** The store cannot be opened, read or written. `kind` tells corrupt and locked apart. */
export class StoreError extends SpApprovalError {
  constructor(
    readonly kind: 'corrupt' | 'newer' | 'locked' | 'missing' | 'stale' | 'full' | 'read-only' | 'io' | 'closed',
    message: string,
    options: { cause?: unknown; hint?: string } = {}
  ) {
    super({ code: `ERR_STORE_${kind.replace('-', '_').toUpperCase()}`, message, httpStatus: 503, ...options })
  }
}

/** Signing failed: the key, the backend or the remote signer. */
export class SignError extends SpApprovalError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super({ code: 'ERR_SIGN', message, httpStatus: 503, ...options })
  }
}

/** A service did not start, stop or keep within its time. */
export class LifecycleError extends SpApprovalError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super({ code: 'ERR_LIFECYCLE', message, httpStatus: 503, ...options })
  }
}

/** A daemon, coordinator or peer cannot be reached. */
export class UnreachableError extends SpApprovalError {
  constructor(message: string, options: { cause?: unknown; hint?: string } = {}) {
    super({ code: 'ERR_UNREACHABLE', message, httpStatus: 503, exitCode: 3, ...options })
  }
}

const REFUSAL_STATUS = {
  network: 409, // the request is for another network
  clock: 409, // the clocks are too far apart
  'not-admitted': 403, // not on the allow-list, no good join token
  removed: 403, // taken off by the coordinator's operator
  signature: 401,
  serial: 409, // a request that was used, or is older than one that was
  'peer-taken': 409, // another SP names this peer id
  full: 409,
  rate: 429,
  unauthorized: 401 // no good admin token
}
export type CoordinatorRefusal = keyof typeof REFUSAL_STATUS

/** The coordinator refuses a join, a leave or a command. `reason` is a stable word. */
export class CoordinatorRefusedError extends SpApprovalError {
  constructor(
    readonly reason: CoordinatorRefusal,
    message: string,
    options: { cause?: unknown; hint?: string; retryAfterMs?: number } = {}
  ) {
    super({ code: 'ERR_COORDINATOR_REFUSED', message, httpStatus: REFUSAL_STATUS[reason], ...options })
  }
}

/**
 * For calls from JavaScript, whose options may be missing.
 * @param texts members that must be texts
 * @throws InvalidArgumentError unless it is an object with these
 */
export function requireObject(what: string, expected: string, value: unknown, ...texts: readonly string[]): void {
  if (value === null || typeof value !== 'object') throw new InvalidArgumentError(what, expected, value)
  for (const text of texts) {
    const got: unknown = Reflect.get(value, text)
    if (typeof got !== 'string') throw new InvalidArgumentError(`${what}.${text}`, 'a text', got)
  }
}
