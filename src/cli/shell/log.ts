import pino, { type Logger, type LoggerOptions } from 'pino'
import type { EffectiveConfig } from '../../config/index.js'
import { ConfigError, messageOf } from '../../errors.js'
import { printableJson, withoutUrlSecrets } from '../../kit/shown.js'
import { componentLogger, onLaterFault } from '../../logger.js'
import { LogWriter } from './log-writer.js'
import { inCommands } from './words.js'

/** The Go provider's levels above `error` log what `error` does; pino has no `dpanic` and `panic`. */
const LEVELS: Readonly<Record<string, string>> = { dpanic: 'error', panic: 'error', fatal: 'error' }

/** Values that must never stand in a log, whatever object they come in. */
const REDACTED = ['privateKey', 'token', 'joinToken', 'headers.authorization', '*.privateKey', '*.token', '*.joinToken']

/** Errors that name commands instead of methods. */
const readable = (fields: { readonly error?: unknown }): Record<string, unknown> =>
  typeof fields.error === 'string' ? { ...fields, error: inCommands(fields.error) } : { ...fields }

/** Opens the file of `[Log] Path` again, after somebody moved it away; a log to stderr stays as it is. */
export function reopenLog(logger: Logger): void {
  const stream: unknown = Reflect.get(logger, pino.symbols.streamSym)
  if (Object(stream).file !== null) Object(stream).reopen?.()
}

/** Time that the last lines have to be written, ms. */
const CLOSE_MS = 500

export interface DaemonLog {
  readonly logger: Logger
  /** Writes what waits, within a bound. */
  close(): Promise<void>
}

/** JSON lines to stderr, or to `[Log] Path`. @throws ConfigError when the file cannot be opened */
export function createLog(config: EffectiveConfig): DaemonLog {
  const { Level, Path } = config.settings.Log
  const level = LEVELS[Level] ?? Level
  const options: LoggerOptions = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: REDACTED,
    formatters: { log: readable, level: word => ({ level: word }) },
    hooks: {
      // Whatever a field holds: names of others must not steer a terminal, URLs not tell their secrets.
      streamWrite: line => printableJson(withoutUrlSecrets(line)),
      logMethod(args, method) {
        const [fields, message] = args
        return method.apply(this, message === undefined ? args : [fields, inCommands(message)])
      }
    }
  }
  const writer = openLog(Path, (lost, why) => {
    componentLogger(logger, 'cli/shell/log').warn({ lost, why }, 'log lines were lost')
  })
  const logger = pino(options, writer)
  onLaterFault(logger, () => writer.fault())
  return { logger, close: () => writer.close(CLOSE_MS) }
}

function openLog(path: string, onRecovered: (lost: number, why: string) => void): LogWriter {
  try {
    return new LogWriter({ onRecovered, ...(path !== '' && { path }) })
  } catch (cause) {
    throw new ConfigError(`[Log] Path: expected a file that can be written, ${path}, got ${messageOf(cause)}`, {
      cause
    })
  }
}
