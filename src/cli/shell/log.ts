import pino, { type Logger, type LoggerOptions } from 'pino'
import type { EffectiveConfig } from '../../config/index.js'
import { ConfigError, messageOf } from '../../errors.js'
import { printableJson, withoutUrlSecrets } from '../../kit/shown.js'
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

/** JSON lines to stderr, or to `[Log] Path`. @throws ConfigError when the file cannot be opened */
export function createLog(config: EffectiveConfig): Logger {
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
  if (Path === '') return pino(options, pino.destination({ dest: 2, sync: true }))
  try {
    return pino(options, pino.destination({ dest: Path, mkdir: true, append: true, sync: true, mode: 0o600 }))
  } catch (cause) {
    throw new ConfigError(`[Log] Path: expected a file that can be written, ${Path}, got ${messageOf(cause)}`, {
      cause
    })
  }
}
