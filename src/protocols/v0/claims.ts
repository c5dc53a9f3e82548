/** Verifies pings and pongs: an SP's signature, brought by some peer. */
import { createHash } from 'node:crypto'
import { parseSpAddress } from '../../codec/address.js'
import type { PeerIdString, SpAddress } from '../../domain/brands.js'
import { SpApprovalError } from '../../errors.js'
import { signedBy } from '../../identity/verifier.js'
import { BoundedMap } from '../../kit/bounded-map.js'
import { doubleBurst, type Rate, RateLimit } from '../../kit/rate-limit.js'
import type { Judgement } from '../../trust/index.js'
import { limitedBlockOf } from '../addresses/block.js'
import type { Inbound } from '../door/inbox.js'
import type { WireParts } from './index.js'

/** Verified messages kept: an SP's ping is always the same bytes. */
const REMEMBERED = 1_024
/** A longer message is remembered by its hash: a pong may fill 256 KiB. */
const MAX_KEY_BYTES = 512
/** Larger than a pong of ours. */
const USUAL_BYTES = 32 * 1_024
/** Bytes beyond that cost a token each time. Go tells all nodes it knows, so that an honest pong may be large. */
const BYTES_PER_TOKEN = 8 * 1_024
/** Tokens that a bad signature takes from the peer's rate. */
const BAD_SIGNATURE_COST = 5

interface SignedMessage {
  readonly spOperatorAddress: string
  readonly signature: Uint8Array
}

export interface ClaimFormat<M extends SignedMessage> {
  decode(bytes: Uint8Array): M
  /** The digests its signature may be over. */
  digests(message: M): Uint8Array[]
}

export type ClaimVerdict<M> =
  /** `message` is absent where the same bytes came before. */
  | { readonly ok: true; readonly sp: SpAddress; readonly message?: M }
  | { readonly ok: false; readonly why: 'rate' | 'malformed' | 'not-listed' | 'wrong-peer' | 'signature' }

export type ClaimsInit = Pick<WireParts, 'limits' | 'trust' | 'allowPrivate' | 'verifier' | 'clock' | 'metrics'>

/** Checks the signature of a ping or pong, cheapest work first. One per message type. */
export class Claims<M extends SignedMessage> {
  readonly #init: ClaimsInit
  readonly #format: ClaimFormat<M>
  readonly #perPeer: RateLimit
  readonly #perBlock: RateLimit
  readonly #peerRate: Rate
  readonly #blockRate: Rate
  readonly #good = new BoundedMap<string, SpAddress>(REMEMBERED)

  constructor(init: ClaimsInit, format: ClaimFormat<M>) {
    this.#init = init
    this.#format = format
    this.#perPeer = new RateLimit(init.clock)
    this.#perBlock = new RateLimit(init.clock)
    this.#peerRate = doubleBurst(init.limits.pingsPerSecond)
    this.#blockRate = doubleBurst(init.limits.checksPerSecond)
  }

  check(inbound: Inbound): ClaimVerdict<M> {
    const { from, bytes } = inbound
    const cost = 1 + Math.max(0, bytes.length - USUAL_BYTES) / BYTES_PER_TOKEN
    if (!this.#perPeer.take(from, this.#peerRate, cost)) return { ok: false, why: 'rate' }
    const key = keyOf(bytes)
    const remembered = this.#good.get(key)
    const message = remembered === undefined ? this.#decode(bytes) : undefined
    if (remembered === undefined && message === undefined) return { ok: false, why: 'malformed' }
    const sp = remembered ?? (message === undefined ? undefined : parseSpAddress(message.spOperatorAddress))
    const speaker = sp === undefined ? undefined : this.#judge(sp, from)
    if (sp === undefined || speaker === undefined) return { ok: false, why: 'not-listed' }
    if (speaker.tier === 'refused') return { ok: false, why: 'wrong-peer' }
    if (message === undefined) return { ok: true, sp }
    const block = limitedBlockOf(inbound.connection.remoteAddr, this.#init.allowPrivate)
    if (block !== undefined && !this.#perBlock.take(block, this.#blockRate, cost)) return { ok: false, why: 'rate' }
    if (!this.#verify(message, sp)) {
      this.#perPeer.take(from, this.#peerRate, BAD_SIGNATURE_COST)
      return { ok: false, why: 'signature' }
    }
    this.#good.set(key, sp)
    return { ok: true, sp, message }
  }

  /** While no list is trusted nobody is listed. */
  #judge(sp: SpAddress, peer: PeerIdString): Judgement | undefined {
    try {
      const judgement = this.#init.trust.of(sp, peer)
      return judgement.listing === 'unlisted' ? undefined : judgement
    } catch (error) {
      if (error instanceof SpApprovalError) return undefined
      throw error
    }
  }

  #decode(bytes: Uint8Array): M | undefined {
    try {
      return this.#format.decode(bytes)
    } catch {
      return undefined
    }
  }

  #verify(message: M, sp: SpAddress): boolean {
    const { clock, metrics, verifier } = this.#init
    const begun = clock.monotonic()
    const good = signedBy(verifier, this.#format.digests(message), message.signature, sp)
    metrics.verifyDuration.observe((clock.monotonic() - begun) / 1_000)
    return good
  }
}

const keyOf = (bytes: Uint8Array): string =>
  bytes.length <= MAX_KEY_BYTES
    ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
    : createHash('sha256').update(bytes).digest('base64')
