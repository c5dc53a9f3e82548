import { peerIdFromString } from '@libp2p/peer-id'
import type { PeerIdString } from '../domain/brands.js'
import { BoundedMap } from '../kit/bounded-map.js'

type PeerId = ReturnType<typeof peerIdFromString>

/** Longer texts are not cached, which bounds the memory of the cache. */
const MAX_KEPT_LENGTH = 128
/** Several times the nodes of a large network. */
const KEPT = 4_096

/**
 * Parsed peer ids. A peer id is a public key: parsing one takes 0.3 ms of curve arithmetic, and the same few hundred come
 * again with each list, pong and dial.
 */
const kept = new BoundedMap<string, PeerId>(KEPT)

/**
 * libp2p's object for a peer id.
 * @throws Error of libp2p when the text is none
 */
export function readPeerId(text: string): PeerId {
  const known = kept.get(text)
  if (known !== undefined) return known
  const peerId = peerIdFromString(text)
  if (text.length <= MAX_KEPT_LENGTH) kept.set(text, peerId)
  return peerId
}

/** A peer id in its canonical text; `undefined` when the text is none. */
export function parsePeerId(text: string): PeerIdString | undefined {
  try {
    return readPeerId(text).toString() as PeerIdString
  } catch {
    return undefined
  }
}
