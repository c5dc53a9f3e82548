import type { Connection, PeerId, Stream } from '@libp2p/interface'
import type { KadDHTComponents } from '@libp2p/kad-dht'
import { UnreachableError } from '../../errors.js'
import { overriding } from '../../kit/overriding.js'

type ConnectionManager = KadDHTComponents['connectionManager']

/**
 * The connection manager as the DHT sees it: it walks over the connections that are there and dials nobody. Whom it hears of
 * is a hint for the keeper, who dials under one budget for all; so no dead entry holds up a query either.
 */
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

/** Not one that a relay ends soon. */
export const isUsable = ({ status, limits }: Connection): boolean => status === 'open' && limits === undefined
