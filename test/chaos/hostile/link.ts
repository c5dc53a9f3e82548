/**
 * Connections to one node, below any rule that a library keeps: bare TCP, Noise without a muxer, and Yamux frames written by
 * hand. Each from a source address of its own: on Linux every address of 127.0.0.0/8 can be one.
 */
import '../../../src/protocols/patches/with-resolvers.js'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { MessageStream, MultiaddrConnection } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { tcp } from '@libp2p/tcp'
import { byteStream } from '@libp2p/utils'
import { multiaddr } from '@multiformats/multiaddr'
import { prelude } from '../../../src/protocols/muxer/early-protocol.js'
import { handshakeCrypto } from '../../../src/protocols/patches/handshake-crypto.js'
import { nodePrivateKey } from '../../../src/protocols/patches/node-key.js'
import { quietLogger } from '../../../src/protocols/patches/quiet-logger.js'
import { dataFrame, FLAG, HEADER_BYTES, header, TYPE } from './frames.js'

export interface Target {
  /** On 127.0.0.1. */
  readonly port: number
  readonly peerId: string
}

const CONNECT_MS = 10_000
const NOISE = '/noise'
const YAMUX = '/yamux/1.0.0'

/** A TCP connection on which nothing has been said. */
export async function bareSocket({ port }: Target, source: string): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port, localAddress: source, noDelay: true })
  // A reset is what becomes of such a connection.
  socket.on('error', () => undefined)
  socket.resume()
  await once(socket, 'connect', { signal: AbortSignal.timeout(CONNECT_MS) })
  return socket
}

export interface LinkInit {
  readonly source: string
  readonly nodeKey: Uint8Array
  /** Whether Noise also agrees on Yamux; without it the connection is encrypted, and its muxer still to be negotiated. */
  readonly muxed: boolean
  /** Data that came on a stream, whoever opened it. */
  readonly onStream?: (link: Link, stream: number, data: Uint8Array) => void
}

/** An encrypted connection. */
export class Link {
  readonly #secured: MessageStream
  readonly #init: LinkInit
  #unread = Buffer.alloc(0)
  #nextStream = 1

  constructor(secured: MessageStream, init: LinkInit) {
    this.#secured = secured
    this.#init = init
    secured.addEventListener('message', ({ data }) => {
      if (init.muxed) this.#read(data.subarray())
    })
  }

  get open(): boolean {
    return this.#secured.status === 'open'
  }

  /** Resolves when the bytes have been taken; a connection that has ended takes none. */
  async send(bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    if (!this.open || this.#secured.send(bytes)) return
    await this.#secured.onDrain({ signal }).catch(() => undefined)
  }

  /** Opens a stream with these bytes. @param ends no more will follow */
  async stream(bytes: Uint8Array, signal: AbortSignal, ends = false): Promise<void> {
    await this.send(dataFrame(this.streams(1), bytes, FLAG.syn | (ends ? FLAG.fin : 0)), signal)
  }

  /** The first of so many stream ids, which are used up now. */
  streams(count: number): number {
    const first = this.#nextStream
    this.#nextStream += 2 * count
    return first
  }

  end(): void {
    this.#secured.abort(new Error('the attacker goes'))
  }

  /** Keeps the node's windows open and its keep-alive answered, so that it never has to wait for us. */
  #read(bytes: Uint8Array): void {
    this.#unread = Buffer.concat([this.#unread, bytes])
    while (this.#unread.length >= HEADER_BYTES) {
      const [type, flags] = [this.#unread.readUInt8(1), this.#unread.readUInt16BE(2)]
      const [stream, length] = [this.#unread.readUInt32BE(4), this.#unread.readUInt32BE(8)]
      const end = HEADER_BYTES + (type === TYPE.data ? length : 0)
      if (this.#unread.length < end) return
      const data = this.#unread.subarray(HEADER_BYTES, end)
      this.#unread = this.#unread.subarray(end)
      if (type === TYPE.ping && flags === FLAG.syn) this.#reply(header(TYPE.ping, FLAG.ack, 0, length))
      if (type !== TYPE.data || length === 0) continue
      this.#reply(header(TYPE.window, FLAG.none, stream, length))
      this.#init.onStream?.(this, stream, data)
    }
  }

  #reply(frame: Uint8Array): void {
    if (this.open) this.#secured.send(frame)
  }
}

const muxers = { getStreamMuxers: () => new Map([[YAMUX, {}]]) }

/** @throws when the node does not let the peer in */
export async function securedLink({ port }: Target, init: LinkInit): Promise<Link> {
  const signal = AbortSignal.timeout(CONNECT_MS)
  const transport = tcp({ dialOpts: { localAddress: init.source } as never })({ logger: quietLogger } as never)
  // The connection as it is: nothing is negotiated by the library.
  const upgrader = { upgradeOutbound: async (plain: MultiaddrConnection) => plain }
  const options = { signal, upgrader } as never
  const plain = (await transport.dial(multiaddr(`/ip4/127.0.0.1/tcp/${port}`), options)) as unknown as MessageStream
  try {
    const negotiation = byteStream(plain)
    await negotiation.write(prelude(NOISE), { signal })
    await negotiation.read({ bytes: prelude(NOISE).length, signal })
    const privateKey = nodePrivateKey(init.nodeKey)
    const components = { privateKey, peerId: peerIdFromPrivateKey(privateKey), logger: quietLogger, upgrader: muxers }
    const secured = await noise({ crypto: handshakeCrypto() })(components as never).secureOutbound(
      negotiation.unwrap(),
      { signal, skipStreamMuxerNegotiation: !init.muxed }
    )
    return new Link(secured.connection, init)
  } catch (error) {
    plain.abort(error instanceof Error ? error : new Error(String(error)))
    throw error
  }
}
