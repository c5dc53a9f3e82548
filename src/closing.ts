import { LifecycleError } from './errors.js'
import type { Logger } from './logger.js'

/** One part of a stop, by the name it is logged under. */
export type ClosingStep = readonly [name: string, close: () => unknown]

/** Closes in order whatever happens; what failed is logged and told at the end. @throws LifecycleError */
export async function closeAll(steps: readonly ClosingStep[], logger: Logger): Promise<void> {
  const failed: unknown[] = []
  for (const [name, close] of steps) {
    try {
      await close()
    } catch (error) {
      logger.error({ step: name, error }, 'could not stop cleanly')
      failed.push(error)
    }
  }
  if (failed.length > 0) throw new LifecycleError('p2p: not everything stopped cleanly', { cause: failed[0] })
}
