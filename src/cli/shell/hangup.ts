import type { Logger } from 'pino'
import { messageOf } from '../../errors.js'
import { componentLogger } from '../../logger.js'
import { reopenLog } from './log.js'

/**
 * SIGHUP, as logrotate and `systemctl reload` send it: the log file is opened again, then `reload` rereads what an
 * operator may have edited. From this call on the signal does not end the process.
 */
export function onHangup(logger: Logger, reload: () => Promise<void> = async () => undefined): { off(): void } {
  const log = componentLogger(logger, 'cli/shell/hangup')
  const heard = async (): Promise<void> => {
    try {
      reopenLog(logger)
      await reload()
      log.info({}, 'SIGHUP: log reopened, policy and SP list read again')
    } catch (error) {
      log.error({ error: messageOf(error) }, 'SIGHUP: not everything was read again')
    }
  }
  const listener = (): void => void heard()
  process.on('SIGHUP', listener)
  return { off: () => process.off('SIGHUP', listener) }
}
