import { type Denial, errorDenial } from './refusal.js'

export type WireVersion = '0.0.1' | '1.0.0'

/** What an ask is known by: the wire it came on, its nonce and what it asks. */
export interface AskIdentity {
  readonly wire: WireVersion
  /** On 0.0.1 the task's create time, Unix seconds. */
  readonly nonce: bigint
  /** Digest that the asker signed, hex; on 0.0.1 keccak-256 of the sign bytes with height 0. */
  readonly askDigest: string
}

export const isSameAsk = (a: AskIdentity, b: AskIdentity): boolean =>
  a.wire === b.wire && a.nonce === b.nonce && a.askDigest === b.askDigest

/**
 * An ask against those of the same asker and object that were decided before. A nonce is decided once, then answered the
 * same way, and never decided again once a later one was; this holds across wires.
 */
export function judgeNonce(ask: AskIdentity, decided: readonly (AskIdentity | undefined)[]): 'new' | 'same' | Denial {
  for (const known of decided) {
    if (known?.nonce !== ask.nonce) continue
    if (isSameAsk(known, ask)) return 'same'
    return errorDenial(
      'MISMATCH',
      'nonce',
      `create_time ${ask.nonce} was used for this object before, with other content`
    )
  }
  for (const known of decided) {
    if (known === undefined || known.nonce < ask.nonce) continue
    const reason = `create_time ${ask.nonce} is older than ${known.nonce}, already used for this object`
    return errorDenial('EXPIRED', 'nonce', reason)
  }
  return 'new'
}
