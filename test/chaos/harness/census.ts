/** What a process holds: memory, open handles, listeners. For telling growth from noise. */
import { EventEmitter, getEventListeners } from 'node:events'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

export interface Census {
  /** After a full collection. */
  readonly heapBytes: number
  /** Timers, sockets, servers that keep the event loop alive. */
  readonly handles: number
  /** On everything that can be listened to. */
  readonly listeners: number
  /** The same by who is listened to and for what. */
  readonly byType: Readonly<Record<string, number>>
}

type Source = EventTarget | EventEmitter
/** Everything that was ever listened to and is still there, with the types. */
const sources = new Map<WeakRef<Source>, Set<string | symbol>>()
const refs = new WeakMap<Source, WeakRef<Source>>()
let watching = false

/** Counts listeners from now on. Never taken back: it ends with the process. */
export function watchListeners(): void {
  if (watching) return
  watching = true
  const note = (source: Source, type: string | symbol): void => {
    const ref = refs.get(source) ?? new WeakRef(source)
    refs.set(source, ref)
    const types = sources.get(ref) ?? new Set()
    sources.set(ref, types)
    types.add(type)
  }
  const { addEventListener } = EventTarget.prototype
  EventTarget.prototype.addEventListener = function (...args: Parameters<typeof addEventListener>) {
    note(this, args[0])
    return addEventListener.apply(this, args)
  }
  const { on } = EventEmitter.prototype
  const counting = function (this: EventEmitter, ...[type, listener]: Parameters<EventEmitter['on']>) {
    note(this, type)
    return on.call(this, type, listener)
  }
  EventEmitter.prototype.on = counting
  EventEmitter.prototype.addListener = counting
}

const collect: () => void =
  globalThis.gc ??
  (() => {
    setFlagsFromString('--expose-gc')
    return runInNewContext('gc') as () => void
  })()

export async function takeCensus(): Promise<Census> {
  // Twice, with a turn between: what finalizers free goes with the second.
  collect()
  await new Promise(resolve => setImmediate(resolve))
  collect()
  let listeners = 0
  const byType: Record<string, number> = {}
  for (const [ref, types] of sources) {
    const source = ref.deref()
    if (source === undefined) {
      sources.delete(ref)
      continue
    }
    for (const type of types) {
      const { length } = getEventListeners(source as EventTarget, String(type))
      const key = `${source.constructor.name} ${String(type)}`
      listeners += length
      byType[key] = (byType[key] ?? 0) + length
    }
  }
  return {
    heapBytes: process.memoryUsage().heapUsed,
    handles: process.getActiveResourcesInfo().length,
    listeners,
    byType
  }
}
