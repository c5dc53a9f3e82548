/** A peer that writes whatever bytes a test likes, against a node of ours. */
import '../../../src/protocols/patches/with-resolvers.js'
import { privateKeyFromRaw } from '@libp2p/crypto/keys'
import { identify } from '@libp2p/identify'
import type { Connection, Libp2p, Stream } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { createLibp2p } from 'libp2p'
import type { PeerIdString } from '../../../src/domain/brands.js'
import type { P2PHost } from '../../../src/protocols/host/host.js'
import { prelude } from '../../../src/protocols/muxer/early-protocol.js'
import { key, turn, within } from './harness.js'

/** A libp2p host that opens streams without a word and leaves every byte on them to the test. */
export interface RawPeer {
  readonly libp2p: Libp2p
  readonly id: PeerIdString
  connect(node: { readonly host: P2PHost }): Promise<Connection>
  /** A stream on which nothing has been written. */
  open(connection: Connection, protocol: string): Promise<Stream>
  stop(): Promise<void>
}

export interface RawPeerOptions {
  /** Protocols that it negotiates and answers with nothing. */
  readonly protocols?: readonly string[]
  readonly onStream?: (protocol: string, stream: Stream) => void
  readonly identify?: boolean
  readonly nodeKey?: Uint8Array
  /** Takes a stream away from libp2p before its negotiation: the peer stays mute on it. */
  readonly capture?: (stream: Stream) => boolean
}

export async function rawPeer(options: RawPeerOptions = {}): Promise<RawPeer> {
  const inner = yamux()()
  const libp2p = await createLibp2p({
    privateKey: privateKeyFromRaw(options.nodeKey ?? key()),
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [
      () => ({
        protocol: inner.protocol,
        createStreamMuxer: connection => {
          const muxer = inner.createStreamMuxer(connection)
          const create = muxer.createStream.bind(muxer)
          muxer.createStream = async init => {
            const stream = await create(init)
            if (init?.protocol?.endsWith('/0.0.1') === true) stream.protocol = init.protocol
            return stream
          }
          const accept = muxer.onRemoteStream.bind(muxer)
          muxer.onRemoteStream = stream => {
            if (options.capture?.(stream) === true) muxer.streams.push(stream)
            else accept(stream)
          }
          return muxer
        }
      })
    ],
    connectionManager: { inboundConnectionThreshold: 10_000, maxIncomingPendingConnections: 1_000 },
    connectionMonitor: { enabled: false },
    ...(options.identify === true ? { services: { identify: identify() } } : {})
  })
  for (const protocol of options.protocols ?? []) {
    const limits = { maxInboundStreams: 10_000, maxOutboundStreams: 10_000 }
    await libp2p.handle(protocol, stream => options.onStream?.(protocol, stream), limits)
  }
  return {
    libp2p,
    id: libp2p.peerId.toString() as PeerIdString,
    connect: node => libp2p.dial(node.host.addresses(), within()),
    open: (connection, protocol) => connection.newStream(protocol, { ...within(), maxOutboundStreams: 10_000 }),
    stop: async () => libp2p.stop()
  }
}

/** All that the opener of a 0.0.1 stream writes before its end. */
export const wholeStream = (protocol: string, message: Uint8Array): Uint8Array =>
  Buffer.concat([prelude(protocol), message])

/** Writes the pieces in frames of their own and half-closes. */
export async function writePieces(stream: Stream, pieces: readonly Uint8Array[], pause = false): Promise<void> {
  for (const piece of pieces) {
    if (!stream.send(piece)) await stream.onDrain(within())
    if (pause) await turn()
  }
  await stream.close(within())
}

/** The encrypted transport below the muxer, to write frames of one's own. */
export function transport(connection: unknown): Transport {
  const { muxer } = connection as { muxer: { maConn: Transport } }
  return muxer.maConn
}

interface Transport {
  send(bytes: Uint8Array): boolean
  /** The socket below the encryption. */
  readonly stream: { readonly socket: { pause(): void; destroy(): void } }
}
