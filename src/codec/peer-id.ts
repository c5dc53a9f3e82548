import { peerIdFromString } from '@libp2p/peer-id'
import type { PeerIdString } from '../domain/brands.js'

/** A peer id in its canonical text; `undefined` when the text is none. */
export function parsePeerId(text: string): PeerIdString | undefined {
  try {
    return peerIdFromString(text).toString() as PeerIdString
  } catch {
    return undefined
  }
}
