import { raceSignal } from 'race-signal'
import { pingDigests, pongDigests, taskDigests } from '../codec/digest.js'
import type { SpAddress } from '../domain/brands.js'
import { messageOf, SignError } from '../errors.js'
import { type Clock, withDeadline } from '../kit/clock.js'
import type { Signer, SignOptions, SignSubject, Verifier } from './index.js'
import { isLocalSigner } from './local-signer.js'

/** A remote signer answers in milliseconds, and an asker can wait for seconds. */
export const SIGN_TIMEOUT_MS = 3_000
const SIGNATURE_BYTES = 65

export interface BoundedSignerInit {
  readonly signer: Signer
  readonly operatorAddress: SpAddress
  readonly verifier: Verifier
  readonly clock: Clock
}

/** Wraps a given signer: fails after {@link SIGN_TIMEOUT_MS}, and refuses signatures that are not our SP's. */
export class BoundedSigner implements Signer {
  readonly #init: BoundedSignerInit
  readonly #local: boolean
  /** Set by the first signature of our SP. */
  #proven = false

  constructor(init: BoundedSignerInit) {
    this.#init = init
    this.#local = isLocalSigner(init.signer)
  }

  /** @throws SignError; the reason of `options.signal` when that aborts first */
  sign(digest: Uint8Array, subject: SignSubject, options: SignOptions = {}): Uint8Array | Promise<Uint8Array> {
    let signing: unknown
    try {
      signing = this.#init.signer.sign(digest, subject, options)
    } catch (error) {
      throw asSignError(error)
    }
    if (!isThenable(signing)) return this.#checked(signing, digest, subject)
    return this.#inTime(signing, options.signal).then(signature => this.#checked(signature, digest, subject))
  }

  async #inTime(signing: PromiseLike<unknown>, signal: AbortSignal | undefined): Promise<unknown> {
    try {
      return await withDeadline(this.#init.clock, SIGN_TIMEOUT_MS, signal, bound =>
        raceSignal(Promise.resolve(signing), bound)
      )
    } catch (error) {
      signal?.throwIfAborted()
      throw asSignError(error)
    }
  }

  #checked(signature: unknown, digest: Uint8Array, subject: SignSubject): Uint8Array {
    if (!(signature instanceof Uint8Array)) {
      throw new SignError(`signature: expected a Uint8Array of ${SIGNATURE_BYTES} bytes, got ${kindOf(signature)}`)
    }
    if (signature.length !== SIGNATURE_BYTES) {
      throw new SignError(`signature: expected ${SIGNATURE_BYTES} bytes, got ${signature.length}`)
    }
    // Of a local key the first one says enough, and a recovery for each would double its cost.
    if (this.#local && this.#proven) return signature
    const { verifier, operatorAddress } = this.#init
    const signers = digestsOf(subject, digest).map(candidate => verifier.recover(candidate, signature))
    if (!signers.includes(operatorAddress)) {
      throw new SignError(`the signer does not sign as ${operatorAddress}, but as ${signers[0] ?? 'nobody'}`)
    }
    this.#proven = true
    // The signer may keep its buffer and write into it again.
    return this.#local ? signature : Uint8Array.from(signature)
  }
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  value !== null && typeof value === 'object' && 'then' in value && typeof value.then === 'function'

/** Never the value itself: a confused signer may return its key. */
function kindOf(value: unknown): string {
  if (value === undefined || value === null) return 'nothing'
  if (Array.isArray(value)) return `an array of ${value.length}`
  return typeof value === 'string' ? `a text of ${value.length} characters` : `a value of type ${typeof value}`
}

/** The digests a remote signer may sign for a message: its text has two spellings. */
function digestsOf(subject: SignSubject, digest: Uint8Array): readonly Uint8Array[] {
  switch (subject.type) {
    case 'task':
      return taskDigests(subject.message)
    case 'ping':
      return pingDigests(subject.message)
    case 'pong':
      return pongDigests(subject.message)
    case 'join':
      return [digest]
  }
}

const asSignError = (cause: unknown): SignError =>
  cause instanceof SignError ? cause : new SignError(`the signer: ${messageOf(cause)}`, { cause })
