import { LifecycleError } from '../errors.js'
import type { Clock, Timer } from '../kit/clock.js'
import { componentLogger, type Logger } from '../logger.js'
import type { Service, StopFault } from './index.js'

/** A service and how its start went: `true` once it runs, `false` when it failed. */
export interface Launched {
  readonly service: Service
  readonly started: Promise<boolean>
}

interface StopInit {
  /** In order of start. */
  readonly launched: readonly Launched[]
  readonly timeoutMs: number
  readonly clock: Clock
  readonly logger: Logger
}

/**
 * Stops in reverse order within one bound. A service gets an equal share of the time that is left; after that the next
 * one is stopped too, while the slow one may go on until the bound. So a hanging service neither holds up the others
 * nor shortens what they may take by more than its share.
 */
export async function stopAll({ launched, timeoutMs, clock, ...init }: StopInit): Promise<StopFault[]> {
  const logger = componentLogger(init.logger, 'lifecycle/stop-all')
  const deadline = clock.monotonic() + timeoutMs
  const faults: StopFault[] = []
  const pending = new Map<string, Promise<void>>()
  for (const [index, { service, started }] of [...launched].reverse().entries()) {
    const stopping = stopOne(service, started).then(
      () => void pending.delete(service.name),
      (error: unknown) => {
        pending.delete(service.name)
        logger.error({ service: service.name, err: error }, 'service did not stop cleanly')
        faults.push({ service: service.name, error })
      }
    )
    pending.set(service.name, stopping)
    const share = (deadline - clock.monotonic()) / (launched.length - index)
    if (!(await within(stopping, share, clock))) {
      logger.warn({ service: service.name, waitedMs: Math.round(share) }, 'service is slow to stop, going on')
    }
  }
  await within(Promise.all(pending.values()), deadline - clock.monotonic(), clock)
  for (const service of pending.keys()) {
    const error = new LifecycleError(`stop: expected ${service} to stop within ${timeoutMs} ms, it is still stopping`)
    logger.error({ service, timeoutMs }, 'service did not stop in time')
    faults.push({ service, error })
  }
  return faults
}

/** A service whose start is still under way is stopped as soon as that has ended. */
async function stopOne(service: Service, started: Promise<boolean>): Promise<void> {
  if (await started) await service.stop()
}

/** Whether the work ended in time. */
function within(work: Promise<unknown>, ms: number, clock: Clock): Promise<boolean> {
  return new Promise(resolve => {
    const timer: Timer = clock.setTimeout(() => resolve(false), Math.max(0, ms))
    const ended = (): void => {
      clock.clearTimeout(timer)
      resolve(true)
    }
    work.then(ended, ended)
  })
}
