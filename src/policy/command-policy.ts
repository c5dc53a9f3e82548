import type { PolicyDecision, PolicyFacts } from '../domain/policy-rules.js'
import { formatDuration } from '../domain/units.js'
import { InvalidArgumentError, messageOf } from '../errors.js'
import type { Clock } from '../kit/clock.js'
import { deadlineSignal } from '../kit/clock.js'
import type { Logger } from '../logger.js'
import { refuse } from './built-in-rule.js'
import type { LastWord } from './chain-policy.js'
import { runCommand } from './command-process.js'
import { COMMAND_RULE, type CommandFault, commandInput, readReply } from './command-reply.js'
import { oneLine } from './function-guard.js'
import type { DecideOptions } from './index.js'
import { Slots } from './slots.js'

/** `[Policy] CommandTimeout`. */
export const DEFAULT_COMMAND_TIMEOUT_MS = 500
/** Processes at once; each costs tens of megabytes where it is a script. */
export const DEFAULT_COMMAND_CONCURRENCY = 4

export interface CommandPolicyInit {
  /** Program and arguments, never through a shell. */
  readonly argv: readonly string[]
  /** From the question to the answer, waiting for a free place included. */
  readonly timeoutMs?: number
  readonly concurrency?: number
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
  private readonly timeoutMs: number
  private readonly slots: Slots
  /** What `stop` breaks off. */
  private readonly open = new Set<AbortController>()
  private readonly processes = new Set<Promise<void>>()
  private stopped = false

  constructor(private readonly init: CommandPolicyInit) {
    this.timeoutMs = init.timeoutMs ?? DEFAULT_COMMAND_TIMEOUT_MS
    if (!(this.timeoutMs >= 1 && this.timeoutMs <= 60_000)) {
      throw new InvalidArgumentError('commandTimeoutMs', 'milliseconds from 1 to 60000', this.timeoutMs)
    }
    this.slots = new Slots(init.concurrency ?? DEFAULT_COMMAND_CONCURRENCY)
    this.text = `${init.argv[0]} decides within ${formatDuration(this.timeoutMs)}`
  }

  async decide(facts: PolicyFacts, { signal }: DecideOptions = {}): Promise<PolicyDecision> {
    if (this.stopped) return failed(STOPPED.message)
    const own = new AbortController()
    const deadline = deadlineSignal(this.init.clock, this.timeoutMs, signal)
    deadline.signal.addEventListener('abort', () => own.abort(deadline.signal.reason), { once: true })
    if (deadline.signal.aborted) own.abort(deadline.signal.reason)
    this.open.add(own)
    try {
      const reply = await this.ask(facts, own.signal)
      signal?.throwIfAborted()
      return 'outcome' in reply ? reply : failed(reply.fault)
    } finally {
      deadline.clear()
      this.open.delete(own)
    }
  }

  start(): void {
    this.stopped = false
  }

  /** Breaks off what runs and waits until it is gone. */
  async stop(): Promise<void> {
    this.stopped = true
    for (const own of this.open) own.abort(STOPPED)
    await Promise.all(this.processes)
  }

  private async ask(facts: PolicyFacts, signal: AbortSignal): Promise<PolicyDecision | CommandFault> {
    if (!(await this.slots.take(signal))) {
      return { fault: signal.aborted ? messageOf(signal.reason) : 'too many asks wait for it' }
    }
    const command = runCommand(this.init.argv, commandInput(facts), this.init.clock, signal)
    const gone = command.gone.then(() => {
      this.slots.give()
      this.processes.delete(gone)
    })
    this.processes.add(gone)
    const end = await command.end
    const reply = 'fault' in end ? end : readReply(end)
    if ('fault' in reply) {
      const fields = { program: this.init.argv[0], why: reply.fault, stderr: command.stderr() }
      this.init.logger.warn(fields, 'policy command failed')
    }
    return reply
  }
}

const STOPPED = new Error('the policy is stopped')

const failed = (why: string): PolicyDecision => refuse(COMMAND_RULE, 'POLICY', oneLine(`policy command failed: ${why}`))
