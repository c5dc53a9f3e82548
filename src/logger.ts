/** The part of pino's interface that the library uses; a pino logger fits as it is. */
export interface Logger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
  /** A logger that adds `fields` to each line. Without it the library adds them itself. */
  child?(fields: object): Logger
  /** Least severity that is written; components have a level of their own where child loggers have one. */
  level?: string
}

const nothing = (): void => undefined

/** The default: a library prints nothing. */
export const silentLogger: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing }

/** Component loggers by name, for each logger that they were made from. */
const componentsOf = new WeakMap<object, Map<string, Logger>>()
const origins = new WeakMap<Logger, Logger>()

/**
 * The logger of one component: its lines carry `component`, the path of its file below `src` without extension.
 *
 * @param logger of the embedder, or of another component
 */
export function componentLogger(logger: Logger, component: string): Logger {
  const origin = origins.get(logger) ?? logger
  const components = componentsOf.get(origin) ?? new Map<string, Logger>()
  const made = components.get(component) ?? origin.child?.({ component }) ?? withFields(origin, { component })
  componentsOf.set(origin, components.set(component, made))
  origins.set(made, origin)
  return made
}

const withFields = (logger: Logger, added: object): Logger => ({
  debug: (fields, message) => logger.debug({ ...added, ...fields }, message),
  info: (fields, message) => logger.info({ ...added, ...fields }, message),
  warn: (fields, message) => logger.warn({ ...added, ...fields }, message),
  error: (fields, message) => logger.error({ ...added, ...fields }, message)
})

/**
 * The loggers whose level a setting concerns: of one component, of all in a folder (`protocols/reach`), or, without a
 * name, `logger` itself and all that were made from it. None where the name is unknown.
 */
export function levelsOf(logger: { level: string }, component?: string): readonly { level?: string }[] {
  const made = [...(componentsOf.get(logger) ?? [])].filter(([, { level }]) => level !== undefined)
  if (component === undefined) return [logger, ...made.map(([, child]) => child)]
  return made.flatMap(([name, child]) => (`${name}/`.startsWith(`${component}/`) ? [child] : []))
}
