/**
 * Upstream: libp2p 3.3.11, `Upgrader._performUpgrade`: makes the muxer of a connection without telling it whose connection
 * it is, and negotiates the muxer without a bound (`negotiation-bound.ts`).
 */
import type { ConnectionEncrypter, MessageStream, PeerId, SecuredConnection } from '@libp2p/interface'
import { overriding } from '../../kit/overriding.js'
import { boundNegotiation, endNegotiation } from './negotiation-bound.js'

const provenPeers = new WeakMap<MessageStream, PeerId>()

/** The peer whose id was proven on an encrypted connection; `undefined` under another encrypter. */
export const provenPeerOf = (connection: MessageStream): PeerId | undefined => provenPeers.get(connection)

/** An encrypter that remembers whose each connection is. The negotiation on the socket is over when it begins. */
export function provingPeers<C>(
  encrypter: (components: C) => ConnectionEncrypter
): (components: C) => ConnectionEncrypter {
  return components => {
    const inner = encrypter(components)
    return overriding(inner, {
      secureInbound: async (connection, options) => {
        endNegotiation(connection)
        const secured = await inner.secureInbound(connection, options)
        boundNegotiation(secured.connection)
        return remember(secured)
      },
      secureOutbound: async (connection, options) => remember(await inner.secureOutbound(connection, options))
    })
  }
}

function remember(secured: SecuredConnection): SecuredConnection {
  provenPeers.set(secured.connection, secured.remotePeer)
  return secured
}
