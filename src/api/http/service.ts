/** What the HTTP servers of a node share: limits, the shape of their errors, start and stop. */
import {
  type Clock,
  InsufficientApprovalError,
  InvalidArgumentError,
  LifecycleError,
  type Logger,
  messageOf,
  NotRunningError,
  type Service,
  SpApprovalError,
  silentLogger,
  systemClock
} from '../../index.js'
import { type HostPort, parseHostPort } from '../../kit/host-port.js'
import type { Guard } from '../../kit/http/guards.js'
import type { Fault } from '../../kit/http/problem.js'
import { createShell, type HttpShell } from '../../kit/http/server.js'
import { viewOf } from '../../kit/http/view.js'
import { componentLogger } from '../../logger.js'
import { askOfReport } from './routes/ask-view.js'
import { AskSchema } from './schemas/tasks.js'

/** A task of 64 KiB is about 90 KB of JSON. */
const MAX_BODY_BYTES = 256 * 1024
/** Operators and a few tools connect, not the public. */
const MAX_CONNECTIONS = 256
/** How long a stopping server waits for requests in flight. */
const DRAIN_MS = 2_000

export interface HttpApi extends Service {
  /** `http://HOST:PORT`, without a slash. @throws NotRunningError */
  readonly url: string
}

interface HttpServiceInit {
  readonly name: string
  /** What the log calls it; default: its name. */
  readonly title?: string
  readonly address: HostPort
  readonly guards: readonly Guard[]
  readonly routes: (shell: HttpShell) => void | Promise<void>
  readonly drainMs?: number | undefined
  readonly clock?: Clock | undefined
  readonly logger?: Logger | undefined
}

/** A server that is built anew at each start, and so can be started again after a stop. */
export function httpService(init: HttpServiceInit): HttpApi {
  const { name, title = name, address, guards, drainMs = DRAIN_MS, clock = systemClock, logger = silentLogger } = init
  let running: { readonly shell: HttpShell; readonly url: string } | undefined
  return {
    name,
    get url() {
      if (running === undefined) throw new NotRunningError(`${name}.url`, 'stopped')
      return running.url
    },
    async start() {
      if (running !== undefined) return
      const shell = createShell({
        guards,
        problems: {
          urn: 'urn:sp-approval:error:',
          realm: 'sp-approval',
          routes: 'GET /api/v1/openapi.json lists the routes',
          membersOf
        },
        limits: { bodyBytes: MAX_BODY_BYTES, connections: MAX_CONNECTIONS },
        logger: componentLogger(logger, 'kit/http/server'),
        drain: { ms: drainMs, clock }
      })
      await init.routes(shell)
      try {
        running = { shell, url: await shell.listen(address) }
      } catch (cause) {
        const wanted = `${address.host}:${address.port}`
        throw new LifecycleError(`${name}: expected to listen on ${wanted}, got ${messageOf(cause)}`, { cause })
      }
      componentLogger(logger, 'api/http/service').info({ url: running.url }, `${title} listens`)
    },
    async stop() {
      const stopping = running
      running = undefined
      await stopping?.shell.server.close()
    }
  }
}

/** GfSp's number where it has one for the fault, and the report of an ask that got too few approvals. */
function membersOf(fault: Fault): Readonly<Record<string, unknown>> {
  const { gfsp } = fault instanceof SpApprovalError ? fault : {}
  return {
    ...(gfsp !== undefined && { code: gfsp.innerCode, codeSpace: gfsp.codeSpace }),
    ...(fault instanceof InsufficientApprovalError && {
      report: viewOf(AskSchema, askOfReport(fault.report, 'insufficient'))
    })
  }
}

/** Reads `HOST:PORT`; port 0 lets the system choose. @throws InvalidArgumentError */
export function listenAddress(what: string, text: string): HostPort {
  const address = parseHostPort(text)
  if (address !== undefined) return address
  throw new InvalidArgumentError(what, 'HOST:PORT, e.g. 127.0.0.1:9380 or [::1]:9380', text)
}
