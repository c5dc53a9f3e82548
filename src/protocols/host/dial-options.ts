import type { DialOptions, PeerId } from '@libp2p/interface'
import { CODE_P2P, type Multiaddr } from '@multiformats/multiaddr'
import type { ConnectOptions } from './host.js'

/** What libp2p is to dial: the peer at these addresses, or at those it knows. */
export const dialTarget = (peer: PeerId, addresses: readonly Multiaddr[]): PeerId | Multiaddr[] =>
  addresses.length === 0
    ? peer
    : addresses.map(address => address.decapsulateCode(CODE_P2P).encapsulate(`/p2p/${peer}`))

/** `ConnectOptions` in libp2p's words. */
export const dialOptions = ({
  signal,
  anew = false,
  onReached
}: ConnectOptions): DialOptions & { readonly signal: AbortSignal } => ({
  signal,
  force: anew,
  ...(onReached !== undefined && {
    onProgress: ({ type }) => {
      if (type === 'upgrader:encrypt-outbound-connection') onReached()
    }
  })
})
