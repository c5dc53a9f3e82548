import type { Logger } from '../logger.js'

/** What an alarm is about; each holds one at a time. */
export type Subject = 'list' | 'height' | 'join' | 'state'

/** Alarms in force. Each is logged when it begins and when it ends, not at every reading. */
export class Alarms {
  readonly #active = new Map<Subject, { readonly kind: string; readonly text: string }>()
  readonly #logger: Logger
  readonly #connector: string

  constructor(logger: Logger, connector: string) {
    this.#logger = logger
    this.#connector = connector
  }

  /** @param level how loud it begins: `info` for what is no fault yet */
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

  /** All of them on one line; list and height often fail for one reason. */
  get text(): string | undefined {
    const texts = new Set([...this.#active.values()].map(alarm => alarm.text))
    return texts.size === 0 ? undefined : [...texts].join('; ')
  }
}
