import { ConfigError, messageOf, requireObject } from '../errors.js'
import { type Clock, systemClock } from '../kit/clock.js'
import { FileWatch } from '../kit/file-watch.js'
import { componentLogger, type Logger, silentLogger } from '../logger.js'
import { chainPolicy } from './chain-policy.js'
import { commandLine } from './command-line.js'
import { CommandPolicy } from './command-policy.js'
import { defaultWord } from './default-word.js'
import type { ApprovalPolicy, PolicyFunction } from './index.js'
import { FUNCTION_TIMEOUT_MS } from './list-policy.js'
import { parsePolicyFile, readPolicyFile } from './policy-file.js'

export interface FilePolicyOptions {
  /** `policy.toml`; read at once, and again whenever it changes between `start` and `stop`. */
  readonly file: string
  /** Asked after the rules of the file, in order. */
  readonly functions?: readonly PolicyFunction[]
  /** Asked last: program and arguments, without a shell. `''` or an empty list: none. */
  readonly command?: string | readonly string[]
  /** Where the command runs, and where a relative path of its program starts. Default: the working directory. */
  readonly commandFolder?: string
  readonly commandTimeoutMs?: number
  /** Processes of the command at once. */
  readonly commandConcurrency?: number
  /** After every reading of a changed file. */
  readonly onReload?: (reload: PolicyReload) => void
  readonly clock?: Clock
  readonly logger?: Logger
}

/** `kept`: the file is not what was expected, and the policy before it stays in force. */
export type PolicyReload = { readonly outcome: 'loaded' } | { readonly outcome: 'kept'; readonly error: ConfigError }

export interface FilePolicy extends ApprovalPolicy {
  /** Reads the file now. A broken one changes nothing but the alarm. */
  reload(): PolicyReload
  alarm(): string | undefined
  fault(): string | undefined
  start(): Promise<void>
  stop(): Promise<void>
}

/**
 * The policy of an operator: rules of a file, then functions, then a command, then the file's default. A command
 * always decides, so that with one the default is never asked.
 *
 * @throws ConfigError when the file cannot be read or is not what was expected
 * @throws InvalidArgumentError when the command line or its bounds are not
 */
export function filePolicy(options: FilePolicyOptions): FilePolicy {
  requireObject('options', '{ file }', options, 'file')
  const { file, functions = [], onReload, clock = systemClock, logger = silentLogger } = options
  const log = componentLogger(logger, 'policy/file-policy')
  const { commandTimeoutMs: timeoutMs, commandConcurrency: concurrency } = options
  const argv = commandLine(options.command ?? '')
  const folder = options.commandFolder ?? process.cwd()
  const command =
    argv.length > 0 ? new CommandPolicy({ argv, folder, clock, logger, timeoutMs, concurrency }) : undefined
  const assemble = (text: string): ApprovalPolicy => {
    const { rules, otherwise } = parsePolicyFile(text, file)
    const guard = { clock, logger, timeoutMs: FUNCTION_TIMEOUT_MS }
    return chainPolicy([...rules, ...functions], command ?? defaultWord(otherwise), guard)
  }
  /** Text that was read last, accepted or not. */
  let last: string | undefined = readPolicyFile(file)
  let inForce = assemble(last)
  let trouble: ConfigError | undefined

  const read = (): string | ConfigError => {
    try {
      return readPolicyFile(file)
    } catch (error) {
      return asConfigError(error)
    }
  }
  const take = (found: string | ConfigError): PolicyReload => {
    last = found instanceof ConfigError ? undefined : found
    try {
      if (found instanceof ConfigError) throw found
      inForce = assemble(found)
      trouble = undefined
      log.info({ file }, 'policy loaded')
    } catch (error) {
      trouble = asConfigError(error)
      log.error({ file, error: trouble.message }, 'policy file refused, the last good policy stays in force')
    }
    const reload: PolicyReload = trouble === undefined ? { outcome: 'loaded' } : { outcome: 'kept', error: trouble }
    try {
      onReload?.(reload)
    } catch (error) {
      log.error({ err: error }, 'onReload threw')
    }
    return reload
  }
  const watch = new FileWatch({
    file,
    clock,
    onChange: () => {
      const found = read()
      const text = found instanceof ConfigError ? undefined : found
      // The same text is no change.
      if (text !== last) take(found)
    },
    onUnwatched: why => log.warn({ file, why: messageOf(why) }, 'folder cannot be watched, polling only')
  })
  return {
    decide: (facts, options) => inForce.decide(facts, options),
    limits: () => inForce.limits(),
    rates: () => inForce.rates(),
    describe: () => inForce.describe(),
    alarm: () => trouble && `${trouble.message}; the last good policy is in force`,
    fault: () => command?.fault(),
    reload: () => take(read()),
    start: async () => {
      command?.start()
      watch.start()
    },
    stop: async () => {
      watch.stop()
      await command?.stop()
    }
  }
}

const asConfigError = (error: unknown): ConfigError =>
  error instanceof ConfigError ? error : new ConfigError(messageOf(error), { cause: error })
