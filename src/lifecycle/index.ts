/** Services started in order and stopped in reverse, within a bound, on a signal or when one of them fails. */
export interface Service {
  readonly name: string
  start(): Promise<void>
  stop(): Promise<void>
}

/** A service whose stop threw, or had not returned when the bound was over. */
export interface StopFault {
  readonly service: string
  readonly error: unknown
}

/** Why the lifecycle ended. */
export type LifecycleEnd = LifecycleReason & {
  /** Absent when every stop returned in time. */
  readonly faults?: readonly StopFault[]
  /** A second signal came: the end was not waited for. */
  readonly drainAbandoned?: true
}

type LifecycleReason =
  | { readonly reason: 'stopped' }
  | { readonly reason: 'signal'; readonly signal: NodeJS.Signals }
  | { readonly reason: 'failed'; readonly service: string; readonly error: unknown }

export interface Lifecycle {
  /** In order of start. Only while nothing runs; names are distinct. @throws LifecycleError | InvalidArgumentError */
  registerServices(...services: readonly Service[]): Lifecycle
  /**
   * While starting: joins that start. While started: nothing. While stopping: refused.
   * @throws LifecycleError when a service does not start; those already started are stopped again
   */
  startServices(): Promise<void>
  /**
   * Joins a stop that is under way; while nothing runs: nothing. A start under way is broken off.
   * @throws LifecycleError naming the services whose stop threw or took longer than the bound
   */
  stopServices(): Promise<void>
  /**
   * From now on these signals (none named: SIGINT, SIGTERM) stop the services; without this call no signal does.
   * A second one abandons the drain. Listeners stay attached from this call, or the next start, until the end.
   */
  signals(...signals: readonly NodeJS.Signals[]): Lifecycle
  /** A running service failed: everything is stopped. */
  fail(service: string, error: unknown): void
  /** Resolves when everything has stopped, at once when it has already. The exit code is the caller's. */
  wait(): Promise<LifecycleEnd>
}
