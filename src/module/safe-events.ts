import { type EventHandler, TypedEventEmitter } from 'main-event'

/**
 * An event target whose listeners cannot harm it. What a listener throws ends a process in Node.js, and so does what an
 * asynchronous one rejects with: here both are reported to {@link listenerFailed}.
 */
export abstract class SafeEvents<M extends { readonly [K in keyof M]: CustomEvent }> extends TypedEventEmitter<M> {
  readonly #guarded = new WeakMap<object, (event: Event) => void>()

  protected abstract listenerFailed(type: string, error: unknown): void

  override addEventListener<K extends keyof M>(
    type: K,
    listener: EventHandler<M[K]> | null,
    options?: Parameters<EventTarget['addEventListener']>[2]
  ): void {
    super.addEventListener(type, this.#guard(listener), options)
  }

  override removeEventListener<K extends keyof M>(
    type: K,
    listener?: EventHandler<M[K]> | null,
    options?: Parameters<EventTarget['removeEventListener']>[2]
  ): void {
    super.removeEventListener(type, listener && (this.#guarded.get(listener) ?? listener), options)
  }

  #guard<E extends Event>(listener: EventHandler<E> | null): EventHandler<E> | null {
    if (listener === null) return null
    const known = this.#guarded.get(listener)
    if (known !== undefined) return known
    const guarded = (event: Event): void => {
      const failed = (error: unknown): void => this.listenerFailed(event.type, error)
      try {
        const result: unknown = typeof listener === 'function' ? listener(event as E) : listener.handleEvent(event as E)
        if (result instanceof Promise) result.catch(failed)
      } catch (error) {
        failed(error)
      }
    }
    this.#guarded.set(listener, guarded)
    return guarded
  }
}
