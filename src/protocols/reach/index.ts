/** Reach: live connections to nodes of every SP, and none to those that may not serve. */
import type { SpRegistry } from '../../chain/index.js'
import type { PeerIdString, SpAddress } from '../../domain/brands.js'
import type { PeerLimits } from '../../domain/peer-limits.js'
import type { Clock } from '../../kit/clock.js'
import type { Logger } from '../../logger.js'
import type { Metrics } from '../../metrics.js'
import type { PeerDirectory } from '../../peers/index.js'
import type { AccessList } from '../../trust/access-list.js'
import type { Trust } from '../../trust/index.js'
import type { P2PHost } from '../host/host.js'

export interface KeeperInit {
  readonly host: P2PHost
  readonly directory: PeerDirectory
  readonly registry: SpRegistry
  readonly accessList: AccessList
  readonly trust: Trust
  readonly self: { readonly sp: SpAddress; readonly peerId: PeerIdString }
  readonly limits: PeerLimits
  /** Connected nodes; kept up to date here, read by others. */
  readonly connected: Set<PeerIdString>
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  /** A number in [0, 1); jitter of the back-off. */
  readonly random?: () => number
}

export { ConnectionKeeper } from './keeper.js'
