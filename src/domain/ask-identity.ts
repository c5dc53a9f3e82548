import type { PeerIdString } from './brands.js'
import { type Denial, errorDenial } from './refusal.js'

export type WireVersion = '0.0.1' | '1.0.0'

/** What an ask is known by: the wire it came on, its nonce and what it asks. */
export interface AskIdentity {
  readonly wire: WireVersion
  /** On 0.0.1 the task's create time, Unix seconds. */
  readonly nonce: bigint
  /** Digest that the asker signed, hex; on 0.0.1 keccak-256 of the sign bytes with height 0. */
  readonly askDigest: string
  /** The node that asked, where its SP's registry entry or a pin names it. */
  readonly askedBy?: PeerIdString | undefined
}

export const isSameAsk = (a: AskIdentity, b: AskIdentity): boolean =>
  a.wire === b.wire && a.nonce === b.nonce && a.askDigest === b.askDigest

/**
 * An ask against those of the same asker and object that were decided before. A nonce is decided once, then answered the
 * same way, and never decided again once a later one was; this holds across wires. Nodes of one SP do not know each other's
 * nonces, so each is judged by its own where it can be told apart: nobody else can ask in the name of a node that is pinned.
 *
 * @param newest nonce that is fresh now. A higher one was decided while a clock was wrong, and holds nothing up
 */
export function judgeNonce(
  ask: AskIdentity,
  decided: readonly (AskIdentity | undefined)[],
  newest: bigint
): 'new' | 'same' | Denial {
  const known = decided.filter(one => one !== undefined)
  if (known.some(one => isSameAsk(one, ask))) return 'same'
  const rivals = known.filter(one => !isSiblings(one, ask))
  if (rivals.some(({ nonce }) => nonce === ask.nonce)) {
    const reason = `create_time ${ask.nonce} was used for this object before, with other content`
    return errorDenial('MISMATCH', 'nonce', reason)
  }
  const later = rivals.find(({ nonce }) => nonce > ask.nonce && nonce <= newest)
  if (later === undefined) return 'new'
  const reason = `create_time ${ask.nonce} is older than ${later.nonce}, already used for this object`
  return errorDenial('EXPIRED', 'nonce', reason)
}

const isSiblings = (a: AskIdentity, b: AskIdentity): boolean =>
  a.askedBy !== undefined && b.askedBy !== undefined && a.askedBy !== b.askedBy
