import type { PeerRecord } from '../../../index.js'
import type { Static } from '../../../kit/http/schema-type.js'
import type { Viewable } from '../../../kit/http/view.js'
import type { PeerSchema } from '../schemas/peers.js'

/** @param self our own peer id while we run */
export const peerView = (peer: PeerRecord, self: string | undefined): Viewable<Static<typeof PeerSchema>> => ({
  ...peer,
  self: peer.peerId === self,
  addresses: peer.addresses.map(({ address }) => address),
  addressDetails: peer.addresses
})
