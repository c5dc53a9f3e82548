/** Time as a port, so that tests move it. */
export interface Clock {
  /** Wall clock, Unix milliseconds. */
  now(): number
  /** Never goes back; milliseconds since an arbitrary start. Deadlines and ages use this one. */
  monotonic(): number
  setTimeout(callback: () => void, ms: number): Timer
  clearTimeout(timer: Timer | undefined): void
}

/** What `setTimeout` gave; only `clearTimeout` looks inside. */
export type Timer = { readonly timer: unique symbol } | object
