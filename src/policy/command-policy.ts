import type { PolicyDecision, PolicyFacts } from '../domain/policy-rules.js'
import { formatDuration } from '../domain/units.js'
import { InvalidArgumentError, messageOf } from '../errors.js'
import { sharedAbort } from '../kit/abort.js'
import { type Clock, deadlineSignal } from '../kit/clock.js'
import { ConcurrencyGate } from '../kit/concurrency-gate.js'
import { componentLogger, type Logger } from '../logger.js'
import { refuse } from './built-in-rule.js'
import type { LastWord } from './chain-policy.js'
import { programFault } from './command-probe.js'
import { type Command, runCommand } from './command-process.js'
import { COMMAND_RULE, type CommandFault, commandInput, readReply } from './command-reply.js'
import { oneLine } from './function-guard.js'
import type { DecideOptions } from './index.js'

/** `[Policy] CommandTimeout`. */
export const DEFAULT_COMMAND_TIMEOUT_MS = 500
/** Processes at once; each costs tens of megabytes where it is a script. */
export const DEFAULT_COMMAND_CONCURRENCY = 4
/** Asks that wait for a free place; the next one is refused at once. */
const MAX_WAITING = 256

export interface CommandPolicyInit extends Command {
  /** From the question to the answer, waiting for a free place included. */
  readonly timeoutMs?: number | undefined
  readonly concurrency?: number | undefined
  readonly clock: Clock
  readonly logger: Logger
}

/**
 * Asks an external command: facts as JSON on stdin, exit code and `{ code, reason }` back. A command that is late,
 * crashes or writes something else decided nothing; the safe outcome is a refusal of rule `command` whose reason
 * begins with `policy command failed`.
 */
export class CommandPolicy implements LastWord {
  readonly name = COMMAND_RULE
  readonly text: string
  readonly #init: CommandPolicyInit
  readonly #timeoutMs: number
  readonly #gate: ConcurrencyGate
  readonly #processes = new Set<Promise<void>>()
  /** Ends what runs when the policy stops. */
  #stopping = sharedAbort()
  /** Of the last run that ended; before the first, what is wrong with the program. */
  #fault: string | undefined

  constructor(init: CommandPolicyInit) {
    this.#init = { ...init, logger: componentLogger(init.logger, 'policy/command-policy') }
    this.#timeoutMs = init.timeoutMs ?? DEFAULT_COMMAND_TIMEOUT_MS
    if (!(this.#timeoutMs >= 1 && this.#timeoutMs <= 60_000)) {
      throw new InvalidArgumentError('commandTimeoutMs', 'milliseconds from 1 to 60000', this.#timeoutMs)
    }
    const concurrency = init.concurrency ?? DEFAULT_COMMAND_CONCURRENCY
    if (!Number.isSafeInteger(concurrency) || concurrency < 1) {
      throw new InvalidArgumentError('commandConcurrency', 'a whole number ≥ 1', concurrency)
    }
    this.#gate = new ConcurrencyGate(concurrency)
    this.text = `${init.argv[0]} decides within ${formatDuration(this.#timeoutMs)}`
  }

  async decide(facts: PolicyFacts, { signal }: DecideOptions = {}): Promise<PolicyDecision> {
    if (this.#stopping.signal.aborted) return failed(STOPPED.message)
    const deadline = deadlineSignal(this.#init.clock, this.#timeoutMs, this.#stopping.signal, signal)
    try {
      const reply = await this.#ask(facts, deadline.signal)
      signal?.throwIfAborted()
      if (!this.#stopping.signal.aborted) this.#fault = 'fault' in reply ? reply.fault : undefined
      return 'outcome' in reply ? reply : failed(reply.fault)
    } finally {
      deadline.clear()
    }
  }

  start(): void {
    if (this.#stopping.signal.aborted) this.#stopping = sharedAbort()
    const { argv, folder } = this.#init
    this.#fault = programFault(argv[0] ?? '', folder)
  }

  /** Why asks are refused that the command should decide; `undefined` when the last one was decided. */
  fault(): string | undefined {
    return this.#fault && `policy command: ${this.#fault}; the asks it should decide are refused`
  }

  /** Breaks off what runs and waits until it is gone. */
  async stop(): Promise<void> {
    this.#stopping.abort(STOPPED)
    await Promise.all(this.#processes)
  }

  async #ask(facts: PolicyFacts, signal: AbortSignal): Promise<PolicyDecision | CommandFault> {
    if (this.#gate.waiting(COMMAND_RULE) >= MAX_WAITING) return { fault: 'too many asks wait for it' }
    let leave: () => void
    try {
      leave = await this.#gate.enter(COMMAND_RULE, signal)
    } catch (reason) {
      return { fault: messageOf(reason) }
    }
    const { argv, clock, logger } = this.#init
    const command = runCommand(this.#init, commandInput(facts), clock, signal)
    const gone = command.gone.then(() => {
      leave()
      this.#processes.delete(gone)
    })
    this.#processes.add(gone)
    const end = await command.end
    const reply = 'fault' in end ? end : readReply(end)
    if ('fault' in reply) {
      const fields = { program: argv[0], why: reply.fault, stderr: command.stderr() }
      logger.warn(fields, 'policy command failed')
    }
    return reply
  }
}

const STOPPED = new Error('the policy is stopped')

const failed = (why: string): PolicyDecision => refuse(COMMAND_RULE, 'POLICY', oneLine(`policy command failed: ${why}`))
