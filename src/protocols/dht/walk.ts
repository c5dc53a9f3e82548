/**
 * Upstream: @libp2p/kad-dht 16.4.5, `Network.sendRequest`: dials every node that an answer names, so one query follows
 * any invented address, waits for dead ones and dials beside our own budget.
 */
import type { Connection, PeerId, Stream } from '@libp2p/interface'
import type { KadDHTComponents } from '@libp2p/kad-dht'
import { UnreachableError } from '../../errors.js'
import { overriding } from '../../kit/overriding.js'

type ConnectionManager = KadDHTComponents['connectionManager']

/** The connection manager for the DHT: it uses open connections and dials nobody. Nodes it hears of are hints. */
export const walkable = (connections: ConnectionManager): ConnectionManager =>
  overriding(connections, {
    openStream: async (target, protocol, options): Promise<Stream> => {
      const connection = openConnection(connections, target as PeerId)
      if (connection === undefined) throw new UnreachableError(`dht: ${target} is not connected`)
      return await connection.newStream(protocol, options)
    }
  })

export const openConnection = (connections: ConnectionManager, peer: PeerId): Connection | undefined =>
  connections.getConnections(peer).find(isUsable)

/** Open, and not limited by a relay. */
export const isUsable = ({ status, limits }: Connection): boolean => status === 'open' && limits === undefined
