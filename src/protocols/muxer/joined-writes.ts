/**
 * Upstream: @libp2p/noise 17.0.3, `EncryptedMessageStream.sendData`: hands each message down as two pieces, length and
 * ciphertext; TCP writes each by a system call and, with `noDelay`, in a segment of its own.
 */
import type { ConnectionEncrypter, MessageStream } from '@libp2p/interface'
import { overriding } from '../../kit/overriding.js'

/** An encrypter whose messages reach the transport in one piece. */
export function joinedWrites<C>(
  encrypter: (components: C) => ConnectionEncrypter
): (components: C) => ConnectionEncrypter {
  return components => {
    const inner = encrypter(components)
    return overriding(inner, {
      secureInbound: (connection, options) => inner.secureInbound(joining(connection), options),
      secureOutbound: (connection, options) => inner.secureOutbound(joining(connection), options)
    })
  }
}

function joining<S extends MessageStream>(connection: S): S {
  const send = connection.send.bind(connection)
  connection.send = data => send(data.subarray())
  return connection
}
