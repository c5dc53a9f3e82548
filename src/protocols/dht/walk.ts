/**
 * Upstream: @libp2p/kad-dht 16.4.5, `Network.sendRequest`: dials every node that an answer names, so a query dials
 * invented addresses, waits for dead ones and bypasses our dial budget.
 */
import type { Connection, PeerId, Stream } from '@libp2p/interface'
import type { KadDHTComponents } from '@libp2p/kad-dht'
import { UnreachableError } from '../../errors.js'
import { overriding } from '../../kit/overriding.js'

type ConnectionManager = KadDHTComponents['connectionManager']

/** A connection manager for the DHT that uses open connections only. The nodes that answers name become hints. */
export const withoutDialling = (connections: ConnectionManager): ConnectionManager =>
  overriding(connections, {
    openStream: async (target, protocol, options): Promise<Stream> => {
      const connection = openConnection(connections, target as PeerId)
      if (connection === undefined) throw new UnreachableError(`dht: ${target} is not connected`)
      return await connection.newStream(protocol, options)
    }
  })

export const openConnection = (connections: ConnectionManager, peer: PeerId): Connection | undefined =>
  connections.getConnections(peer).find(isUsable)

/** Open, and not limited as relayed connections are. */
export const isUsable = ({ status, limits }: Connection): boolean => status === 'open' && limits === undefined
