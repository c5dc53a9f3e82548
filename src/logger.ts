/** The part of pino's interface that the library uses; a pino logger fits as it is. */
export interface Logger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
  /** A logger that adds `fields` to each line. Without it the library adds them itself. */
  child?(fields: object): Logger
  /** Least severity that is written; components have a level of their own where child loggers have one. */
  level?: string | undefined
}

interface Levelled {
  level?: string | undefined
}

const SEVERITIES = ['debug', 'info', 'warn', 'error'] as const
type Severity = (typeof SEVERITIES)[number]

const nothing = (): void => undefined

/** The default: a library prints nothing. */
export const silentLogger: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing }

/** What is known of a logger that components were made from. */
interface Origin {
  readonly logger: Logger
  readonly components: Map<string, Logger>
  /** What a line failed with; over with the next one that is taken and at least as severe, and so surely written. */
  fault: { readonly text: string; readonly severity: Severity } | undefined
  /** What a writer says that works later than it is called. */
  laterFault?: () => string | undefined
}

const known = new WeakMap<object, Origin>()
/** Of a component's logger too. */
const originOf = (logger: Logger): Origin => {
  const found: Origin = known.get(logger) ?? { logger, components: new Map<string, Logger>(), fault: undefined }
  known.set(logger, found)
  return found
}

class ComponentLogger implements Logger {
  readonly #origin: Origin
  readonly #to: Logger
  /** Put into each line where the logger has no children. */
  readonly #added: object | undefined

  constructor(origin: Origin, component: string) {
    const child = childOf(origin, component)
    this.#origin = origin
    this.#to = child ?? origin.logger
    this.#added = child === undefined ? { component } : undefined
  }

  get level(): string | undefined {
    return this.#to === this.#origin.logger ? undefined : this.#to.level
  }
  set level(level: string | undefined) {
    this.#to.level = level
  }

  debug(fields: object, message: string): void {
    this.#write('debug', fields, message)
  }
  info(fields: object, message: string): void {
    this.#write('info', fields, message)
  }
  warn(fields: object, message: string): void {
    this.#write('warn', fields, message)
  }
  error(fields: object, message: string): void {
    this.#write('error', fields, message)
  }

  #write(severity: Severity, fields: object, message: string): void {
    try {
      // An asynchronous logger rejects later.
      const written: unknown = this.#to[severity](this.#added ? { ...this.#added, ...fields } : fields, message)
      if (this.#origin.fault !== undefined && isAtLeast(severity, this.#origin.fault.severity)) {
        this.#origin.fault = undefined
      }
      if (written instanceof Promise) written.catch((error: unknown) => this.#failed(severity, error))
    } catch (error) {
      this.#failed(severity, error)
    }
  }

  #failed(severity: Severity, error: unknown): void {
    this.#origin.fault = { text: textOf(error), severity }
  }
}

const isAtLeast = (severity: Severity, other: Severity): boolean =>
  SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(other)

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

function childOf({ logger }: Origin, component: string): Logger | undefined {
  try {
    return logger.child?.({ component })
  } catch {
    return undefined // without children the lines may still be written
  }
}

/**
 * The logger of one component: its lines carry `component`, the path of its file below `src` without extension. It never
 * throws, whatever the logger behind it does; {@link loggerFault} tells.
 *
 * @param logger of the embedder, or of another component
 */
export function componentLogger(logger: Logger, component: string): Logger {
  if (logger === silentLogger) return logger
  const origin = originOf(logger)
  const made = origin.components.get(component) ?? new ComponentLogger(origin, component)
  origin.components.set(component, made)
  known.set(made, origin)
  return made
}

/** Why lines of this logger are being lost; `undefined` while they are written, as far as can be known. */
export function loggerFault(logger: Logger): string | undefined {
  const { fault, laterFault } = originOf(logger)
  return fault?.text ?? laterFault?.()
}

/** For a logger whose lines are written after the call that logs them: `fault` says why they are being lost. */
export function onLaterFault(logger: Logger, fault: () => string | undefined): void {
  originOf(logger).laterFault = fault
}

/**
 * The loggers whose level a setting concerns: of one component, of all in a folder (`protocols/reach`), or, without a
 * name, `logger` itself and all that were made from it. None where the name is unknown.
 */
export function levelsOf(logger: Levelled, component?: string): readonly Levelled[] {
  const made = [...(known.get(logger)?.components ?? [])].filter(([, { level }]) => level !== undefined)
  if (component === undefined) return [logger, ...made.map(([, child]) => child)]
  return made.flatMap(([name, child]) => (`${name}/`.startsWith(`${component}/`) ? [child] : []))
}
