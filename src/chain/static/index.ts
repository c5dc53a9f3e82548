/**
 * SPs from a file, heights from the clock: no chain and no service needed. Every SP has the same file, so all agree on
 * `height = ⌊(now − genesis) / block time⌋`. The file is read again when it changes.
 */
import { resolve } from 'node:path'
import type { Clock } from '../../kit/clock.js'
import { systemClock } from '../../kit/clock.js'
import { type Logger, silentLogger } from '../../logger.js'
import type { PolledChain } from '../polled.js'
import { StaticChain } from './static-chain.js'

export interface StaticChainInit {
  /** The SP file, TOML. */
  readonly file: string
  readonly clock?: Clock
  readonly logger?: Logger
  /** Where list sequence and height survive a restart; without it an old file is taken after a restart. */
  readonly stateFile?: string
}

/** `start()` throws ConfigError when the file is wrong; once running, a wrong edit raises an alarm instead. */
export const staticChain = (init: StaticChainInit): PolledChain =>
  new StaticChain({
    ...init,
    file: resolve(init.file),
    clock: init.clock ?? systemClock,
    logger: init.logger ?? silentLogger
  })
