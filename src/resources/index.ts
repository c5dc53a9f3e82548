/**
 * What a node may hold at once. Scopes form a tree, system → service → span; a reservation counts in every scope above
 * it, fails at once where it does not fit, and names the figures.
 */
export type TaskPriority = 'high' | 'medium' | 'low'

/** Task priorities of GfSp: high ≥ 170, medium ≥ 85, low below. */
export const HIGH_PRIORITY = 170
export const MEDIUM_PRIORITY = 85

export interface ResourceLimits {
  /** Bytes. */
  readonly memory: number
  readonly tasks: number
  readonly tasksHigh: number
  readonly tasksMedium: number
  readonly tasksLow: number
  readonly connsInbound: number
  readonly connsOutbound: number
  readonly conns: number
  readonly fds: number
}

export type ResourceUsage = { readonly [K in keyof ResourceLimits]: number }

/** What one reservation asks for; whatever is left out is 0. */
export interface ResourceRequest {
  readonly memory?: number
  readonly tasks?: { readonly priority: TaskPriority; readonly count: number }
  readonly connsInbound?: number
  readonly connsOutbound?: number
  readonly fds?: number
}

export interface ResourceSpan {
  /** Gives everything back; a second call does nothing. */
  release(): void
}

export interface ResourceScope {
  readonly name: string
  readonly limits: ResourceLimits
  usage(): ResourceUsage
  /** @throws ResourceLimitError with current, attempted and limit of the first scope that refuses */
  reserve(request: ResourceRequest): ResourceSpan
}

export interface ResourceManager {
  readonly system: ResourceScope
  /** Opens (or finds) the scope of a service below the system scope. */
  service(name: string, limits?: Partial<ResourceLimits>): ResourceScope
  scopes(): readonly ResourceScope[]
}
