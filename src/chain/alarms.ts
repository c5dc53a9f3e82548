import { componentLogger, type Logger } from '../logger.js'

/** Subject of an alarm; at most one alarm per subject. */
export type Subject = 'list' | 'height' | 'join' | 'state'

/** Alarms in force. Each is logged when it begins and when it ends, not at every reading. */
export class Alarms {
  readonly #active = new Map<Subject, { readonly kind: string; readonly text: string }>()
  readonly #logger: Logger
  readonly #connector: string

  constructor(logger: Logger, connector: string) {
    this.#logger = componentLogger(logger, 'chain/alarms')
    this.#connector = connector
  }

  /** @param level of the first log line: `info` for a state that is no fault yet */
  raise(subject: Subject, kind: string, text: string, level: 'warn' | 'info' = 'warn'): void {
    const known = this.#active.get(subject)?.kind === kind
    this.#active.set(subject, { kind, text })
    this.#logger[known ? 'debug' : level]({ connector: this.#connector, subject }, text)
  }

  clear(subject: Subject): void {
    if (this.#active.delete(subject)) this.#logger.info({ connector: this.#connector, subject }, 'alarm is over')
  }

  of(subject: Subject): string | undefined {
    return this.#active.get(subject)?.text
  }

  /** All alarms on one line; list and height often fail for the same reason. */
  get text(): string | undefined {
    const texts = new Set([...this.#active.values()].map(alarm => alarm.text))
    return texts.size === 0 ? undefined : [...texts].join('; ')
  }
}
