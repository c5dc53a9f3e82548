import { EventEmitter } from 'node:events'
import type { Service } from '../../src/lifecycle/index.js'
import { createLifecycle, type LifecycleInit } from '../../src/lifecycle/lifecycle.js'
import { fakeClock } from '../../src/testing/fake-clock.js'

export const forever = new Promise<void>(() => undefined)

/** Services that write what happens to them into one list. */
export function recorder() {
  const log: string[] = []
  const service = (name: string, own: Partial<Record<'start' | 'stop', () => Promise<void>>> = {}): Service => ({
    name,
    async start() {
      log.push(`start ${name}`)
      await own.start?.()
    },
    async stop() {
      log.push(`stop ${name}`)
      await own.stop?.()
    }
  })
  return { log, service }
}

export function lifecycleWith(init: LifecycleInit = {}) {
  const clock = fakeClock()
  const source = new EventEmitter()
  return { clock, source, lifecycle: createLifecycle({ clock, process: source, ...init }) }
}

export const rejection = async (work: Promise<unknown>): Promise<Error> => {
  try {
    await work
  } catch (error) {
    return error as Error
  }
  throw new Error('expected a rejection')
}
