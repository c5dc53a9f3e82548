/**
 * SPs from a file, heights from the clock: no chain and no service needed. Every SP has the same file, so all agree on
 * `height = ⌊(now − genesis) / block time⌋`. The file is read again when it changes.
 */
import { resolve } from 'node:path'
import { CHAIN_POLL_MS } from '../../constants.js'
import { requireObject } from '../../errors.js'
import { type Clock, systemClock } from '../../kit/clock.js'
import { FileWatch } from '../../kit/file-watch.js'
import { Poller } from '../../kit/poller.js'
import { type Logger, silentLogger } from '../../logger.js'
import { ChainGuard } from '../guard.js'
import { connector, type PolledChain } from '../polled.js'
import { ProvidersSource } from './providers-source.js'

export interface StaticChainInit {
  /** The SP file, TOML. */
  readonly file: string
  readonly clock?: Clock
  readonly logger?: Logger
  /** Where list sequence and height survive a restart; without it an old file is taken after a restart. */
  readonly stateFile?: string
}

/** `start()` throws ConfigError if the file is invalid; while running, an invalid edit raises an alarm instead. */
export function staticChain(init: StaticChainInit): PolledChain {
  requireObject('options', '{ file }', init, 'file')
  const { clock = systemClock, logger = silentLogger, stateFile } = init
  const file = resolve(init.file)
  const guard = new ChainGuard({ name: 'static', source: file, clock, logger, stateFile })
  const source = new ProvidersSource(file, clock, guard)
  const poller = new Poller({ clock, intervalMs: CHAIN_POLL_MS, poll: () => source.poll() })
  const watch = new FileWatch({ file, clock, onChange: () => void poller.now() })
  return connector({
    name: 'static',
    guard,
    heights: source,
    pollers: [poller],
    open: async () => {
      await source.open()
      watch.start()
    },
    close: () => watch.stop(),
    forget: () => source.takeHeight(),
    hurry: () => source.takeAsIs()
  })
}
