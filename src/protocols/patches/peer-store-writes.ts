/**
 * Upstream: libp2p 3.3.11, `Connection.newStream` and `Connection.onIncomingStream`: write into the peer store that the
 * peer speaks the protocol each time a stream opens, a quarter of the CPU time of a 0.0.1 exchange.
 */
import type { Libp2p, Peer, PeerId } from '@libp2p/interface'

/** Writes once per connected peer that it speaks a protocol; further writes of the same get the first one's result. */
export function writeProtocolsOnce(libp2p: Libp2p): void {
  const written = new Map<string, Map<string, Promise<Peer>>>()
  const { peerStore } = libp2p
  const merge = peerStore.merge.bind(peerStore)

  peerStore.merge = (peerId: PeerId, data, options) => {
    const protocol = onlyProtocolOf(data)
    if (protocol === undefined) return merge(peerId, data, options)
    const peer = peerId.toString()
    const ofPeer = written.get(peer) ?? new Map<string, Promise<Peer>>()
    const before = ofPeer.get(protocol)
    if (before !== undefined) return before
    const write = merge(peerId, data, options)
    written.set(peer, ofPeer.set(protocol, write))
    write.catch(() => ofPeer.delete(protocol))
    return write
  }
  libp2p.addEventListener('peer:disconnect', ({ detail }) => written.delete(detail.toString()))
}

function onlyProtocolOf(data: { readonly protocols?: string[] }): string | undefined {
  return Object.keys(data).length === 1 && data.protocols?.length === 1 ? data.protocols[0] : undefined
}
