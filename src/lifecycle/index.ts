/** Services started in order and stopped in reverse, within a bound, on a signal or when one of them fails. */
export interface Service {
  readonly name: string
  start(): Promise<void>
  stop(): Promise<void>
}

/** Why the lifecycle ended. */
export type LifecycleEnd =
  | { readonly reason: 'stopped' }
  | { readonly reason: 'signal'; readonly signal: NodeJS.Signals }
  | { readonly reason: 'failed'; readonly service: string; readonly error: unknown }

export interface Lifecycle {
  registerServices(...services: readonly Service[]): Lifecycle
  /** @throws LifecycleError when a service does not start; those already started are stopped again */
  startServices(): Promise<void>
  stopServices(): Promise<void>
  /** From now on these signals stop the services; without this call none is heard. A second one aborts the drain. */
  signals(...signals: readonly NodeJS.Signals[]): Lifecycle
  /** A running service gives up: everything is stopped. */
  fail(service: string, error: unknown): void
  /** Resolves when everything has stopped. The exit code is the caller's. */
  wait(): Promise<LifecycleEnd>
}
