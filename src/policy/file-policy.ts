import type { PolicyDecision, PolicyFacts } from '../domain/policy-rules.js'
import { ConfigError, messageOf } from '../errors.js'
import type { Clock } from '../kit/clock.js'
import { systemClock } from '../kit/clock.js'
import { FileWatch } from '../kit/file-watch.js'
import { componentLogger, type Logger, silentLogger } from '../logger.js'
import { chainPolicy } from './chain-policy.js'
import { commandLine } from './command-line.js'
import { CommandPolicy } from './command-policy.js'
import { defaultWord } from './default-word.js'
import type { ApprovalPolicy, DecideOptions, PolicyFunction } from './index.js'
import { FUNCTION_TIMEOUT_MS } from './list-policy.js'
import { parsePolicyFile, readPolicyFile } from './policy-file.js'

export interface FilePolicyOptions {
  /** `policy.toml`; read at once, and again whenever it changes between `start` and `stop`. */
  readonly file: string
  /** Asked after the rules of the file, in order. */
  readonly functions?: readonly PolicyFunction[]
  /** Asked last: program and arguments, without a shell. `''` or an empty list: none. */
  readonly command?: string | readonly string[]
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
  return new ReloadedPolicy(options)
}

class ReloadedPolicy implements FilePolicy {
  readonly #options: FilePolicyOptions
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #command: CommandPolicy | undefined
  readonly #watch: FileWatch
  #inForce: ApprovalPolicy
  /** Text that was read last, accepted or not. */
  #text: string | undefined
  #trouble: ConfigError | undefined

  constructor(options: FilePolicyOptions) {
    const { file, clock = systemClock, logger = silentLogger } = options
    this.#options = options
    this.#clock = clock
    this.#logger = componentLogger(logger, 'policy/file-policy')
    this.#command = commandOf(options, clock, logger)
    this.#text = readPolicyFile(file)
    this.#inForce = this.#assemble(this.#text)
    this.#watch = new FileWatch({
      file,
      clock,
      onChange: () => this.#onChange(),
      onUnwatched: why => this.#logger.warn({ file, why: messageOf(why) }, 'folder cannot be watched, polling only')
    })
  }

  async start(): Promise<void> {
    this.#command?.start()
    this.#watch.start()
  }

  async stop(): Promise<void> {
    this.#watch.stop()
    await this.#command?.stop()
  }

  decide(facts: PolicyFacts, options: DecideOptions = {}): Promise<PolicyDecision> {
    return this.#inForce.decide(facts, options)
  }

  limits(): ReturnType<ApprovalPolicy['limits']> {
    return this.#inForce.limits()
  }

  rates(): ReturnType<ApprovalPolicy['rates']> {
    return this.#inForce.rates()
  }

  describe(): ReturnType<ApprovalPolicy['describe']> {
    return this.#inForce.describe()
  }

  alarm(): string | undefined {
    return this.#trouble === undefined ? undefined : `${this.#trouble.message}; the last good policy is in force`
  }

  reload(): PolicyReload {
    return this.#take(this.#read())
  }

  /** The same text is no change. */
  #onChange(): void {
    const read = this.#read()
    const text = typeof read === 'string' ? read : undefined
    if (text !== this.#text) this.#take(read)
  }

  #read(): string | ConfigError {
    try {
      return readPolicyFile(this.#options.file)
    } catch (error) {
      return asConfigError(error)
    }
  }

  #take(read: string | ConfigError): PolicyReload {
    const { file, onReload } = this.#options
    this.#text = typeof read === 'string' ? read : undefined
    try {
      if (read instanceof ConfigError) throw read
      this.#inForce = this.#assemble(read)
      this.#trouble = undefined
      this.#logger.info({ file }, 'policy loaded')
    } catch (error) {
      this.#trouble = asConfigError(error)
      this.#logger.error(
        { file, error: this.#trouble.message },
        'policy file refused, the last good policy stays in force'
      )
    }
    const reload: PolicyReload =
      this.#trouble === undefined ? { outcome: 'loaded' } : { outcome: 'kept', error: this.#trouble }
    try {
      onReload?.(reload)
    } catch (error) {
      this.#logger.error({ err: error }, 'onReload threw')
    }
    return reload
  }

  #assemble(text: string): ApprovalPolicy {
    const { file, functions = [] } = this.#options
    const { rules, otherwise } = parsePolicyFile(text, file)
    return chainPolicy([...rules, ...functions], this.#command ?? defaultWord(otherwise), {
      clock: this.#clock,
      logger: this.#logger,
      timeoutMs: FUNCTION_TIMEOUT_MS
    })
  }
}

const asConfigError = (error: unknown): ConfigError =>
  error instanceof ConfigError ? error : new ConfigError(messageOf(error), { cause: error })

function commandOf(options: FilePolicyOptions, clock: Clock, logger: Logger): CommandPolicy | undefined {
  const { commandTimeoutMs, commandConcurrency } = options
  const argv = commandLine(options.command ?? '')
  if (argv.length === 0) return undefined
  return new CommandPolicy({
    argv,
    clock,
    logger,
    ...(commandTimeoutMs !== undefined && { timeoutMs: commandTimeoutMs }),
    ...(commandConcurrency !== undefined && { concurrency: commandConcurrency })
  })
}
