import { DRAIN_MS } from '../constants.js'
import { InvalidArgumentError, LifecycleError, messageOf } from '../errors.js'
import { type Clock, systemClock } from '../kit/clock.js'
import { componentLogger, type Logger, silentLogger } from '../logger.js'
import type { Lifecycle, LifecycleEnd, Service, StopFault } from './index.js'
import { SignalListener, type SignalSource } from './signals.js'
import { type Launched, stopAll } from './stop-all.js'

export interface LifecycleInit {
  /** Bound of a whole stop, ms. */
  readonly stopTimeoutMs?: number
  readonly clock?: Clock
  readonly logger?: Logger
  /** Where signals come from; default `process`. */
  readonly process?: SignalSource
}

/**
 * ```ts
 * const lifecycle = createLifecycle().registerServices(p2p, api).signals('SIGINT', 'SIGTERM')
 * await lifecycle.startServices()
 * process.exitCode = (await lifecycle.wait()).reason === 'failed' ? 1 : 0
 * ```
 */
export function createLifecycle(init: LifecycleInit = {}): Lifecycle {
  const stopTimeoutMs = init.stopTimeoutMs ?? DRAIN_MS
  if (!(stopTimeoutMs >= 0)) throw new InvalidArgumentError('stopTimeoutMs', 'milliseconds ≥ 0', stopTimeoutMs)
  return new ServiceLifecycle({ clock: systemClock, logger: silentLogger, process, ...init, stopTimeoutMs })
}

type State = 'stopped' | 'starting' | 'started' | 'stopping'

class ServiceLifecycle implements Lifecycle {
  readonly #services: Service[] = []
  readonly #listener: SignalListener
  #state: State = 'stopped'
  #launched: Launched[] = []
  #starting: Promise<void> = Promise.resolve()
  #stopping: Promise<readonly StopFault[]> = Promise.resolve([])
  #why: LifecycleEnd = { reason: 'stopped' }
  #end = new End()
  readonly #init: Required<LifecycleInit>

  constructor(init: Required<LifecycleInit>) {
    this.#init = { ...init, logger: componentLogger(init.logger, 'lifecycle/lifecycle') }
    this.#listener = new SignalListener(init.process, signal => this.#onSignal(signal))
  }

  registerServices(...services: readonly Service[]): Lifecycle {
    if (this.#state !== 'stopped') throw this.#wrongState('registerServices')
    for (const service of services) {
      if (this.#services.some(({ name }) => name === service.name)) {
        throw new InvalidArgumentError('service name', 'a name not registered yet', service.name)
      }
      this.#services.push(service)
    }
    return this
  }

  startServices(): Promise<void> {
    if (this.#state === 'stopping') return Promise.reject(this.#wrongState('startServices'))
    if (this.#state === 'stopped') {
      if (this.#end.reached) this.#end = new End()
      this.#state = 'starting'
      this.#launched = []
      this.#listener.attach()
      this.#starting = this.#startInOrder(this.#end)
    }
    return this.#starting
  }

  async stopServices(): Promise<void> {
    const faults = await this.#stop({ reason: 'stopped' })
    if (faults.length === 0) return
    const names = faults.map(({ service, error }) => `${service} (${messageOf(error)})`).join(', ')
    throw new LifecycleError(`stop: not everything stopped cleanly: ${names}`, { cause: faults[0]?.error })
  }

  signals(...signals: readonly NodeJS.Signals[]): Lifecycle {
    this.#listener.want(signals)
    this.#listener.attach()
    return this
  }

  fail(service: string, error: unknown): void {
    this.#init.logger.error({ service, err: error }, 'service failed')
    if (this.#state === 'starting' || this.#state === 'started') void this.#stop({ reason: 'failed', service, error })
  }

  wait(): Promise<LifecycleEnd> {
    return this.#end.promise
  }

  async #startInOrder(end: End): Promise<void> {
    for (const service of this.#services) {
      const started = launch(service).then(
        () => true,
        (error: unknown) => {
          this.#init.logger.error({ service: service.name, err: error }, 'service did not start')
          if (!end.reached && this.#state === 'starting') {
            void this.#stop({ reason: 'failed', service: service.name, error })
          }
          return false
        }
      )
      this.#launched.push({ service, started })
      // A start that hangs does not outlive the stop that broke it off.
      await Promise.race([started, end.promise])
      if (end.reached || this.#state !== 'starting') throw brokenOff(await end.promise)
      this.#init.logger.debug({ service: service.name }, 'service started')
    }
    this.#state = 'started'
  }

  /** The first reason counts; later calls join the stop under way. */
  #stop(why: LifecycleEnd): Promise<readonly StopFault[]> {
    if (this.#state === 'stopping') return this.#stopping
    if (this.#state === 'stopped') {
      this.#finish(why)
      return Promise.resolve([])
    }
    this.#state = 'stopping'
    this.#why = why
    this.#init.logger.info({ because: cause(why) }, 'stopping')
    const { clock, logger, stopTimeoutMs: timeoutMs } = this.#init
    this.#stopping = stopAll({ launched: this.#launched, timeoutMs, clock, logger }).then(faults => {
      this.#state = 'stopped'
      this.#finish(faults.length === 0 ? why : { ...why, faults })
      return faults
    })
    return this.#stopping
  }

  #onSignal(signal: NodeJS.Signals): void {
    if (this.#state !== 'stopping') {
      void this.#stop({ reason: 'signal', signal })
      return
    }
    this.#init.logger.warn({ signal }, 'second signal: the drain is abandoned')
    this.#finish({ ...this.#why, drainAbandoned: true })
  }

  #finish(end: LifecycleEnd): void {
    this.#listener.detach()
    this.#end.reach(end)
  }

  #wrongState(call: string): LifecycleError {
    return new LifecycleError(`${call}: expected stopped services, they are ${this.#state}`)
  }
}

/** The promise of `wait()`; the first end counts. */
class End {
  reached = false
  reach: (end: LifecycleEnd) => void = () => undefined
  readonly promise = new Promise<LifecycleEnd>(resolve => {
    this.reach = end => {
      this.reached = true
      resolve(end)
    }
  })
}

/** In a later microtask: by then a stop knows of it, and a start that throws synchronously rejects. */
const launch = (service: Service): Promise<void> => Promise.resolve().then(() => service.start())

function brokenOff(end: LifecycleEnd): LifecycleError {
  if (end.reason !== 'failed') return new LifecycleError(`start: broken off, ${cause(end)}`)
  return new LifecycleError(`start: ${end.service} failed: ${messageOf(end.error)}`, { cause: end.error })
}

const cause = (why: LifecycleEnd): string => (why.reason === 'signal' ? why.signal : why.reason)
