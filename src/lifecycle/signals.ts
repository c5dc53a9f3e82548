/** The part of `process` that emits signals; tests pass an event emitter. */
export interface SignalSource {
  on(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown
  off(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown
}

const DEFAULT_SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM']

/** Listens for the wanted signals between `attach` and `detach`; the wanted set survives `detach`. */
export class SignalListener {
  readonly #wanted = new Set<NodeJS.Signals>()
  readonly #source: SignalSource
  readonly #heard: (signal: NodeJS.Signals) => void

  constructor(source: SignalSource, heard: (signal: NodeJS.Signals) => void) {
    this.#source = source
    this.#heard = heard
  }

  want(signals: readonly NodeJS.Signals[]): void {
    for (const signal of signals.length === 0 ? DEFAULT_SIGNALS : signals) this.#wanted.add(signal)
  }

  attach(): void {
    this.detach()
    for (const signal of this.#wanted) this.#source.on(signal, this.#heard)
  }

  detach(): void {
    for (const signal of this.#wanted) this.#source.off(signal, this.#heard)
  }
}
