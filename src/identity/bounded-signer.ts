import { raceSignal } from 'race-signal'
import { pingDigests, pongDigests, taskDigests } from '../codec/digest.js'
import type { SpAddress } from '../domain/brands.js'
import { messageOf, SignError } from '../errors.js'
import { type Clock, withDeadline } from '../kit/clock.js'
import type { Signer, SignOptions, SignSubject, Verifier } from './index.js'

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
  /** Set by the first good signature. A wrong key shows at once, and checking each signature would double its cost. */
  #proven = false

  constructor(init: BoundedSignerInit) {
    this.#init = init
  }

  /** @throws SignError; the reason of `options.signal` when that aborts first */
  sign(digest: Uint8Array, subject: SignSubject, options: SignOptions = {}): Uint8Array | Promise<Uint8Array> {
    let signing: Uint8Array | Promise<Uint8Array>
    try {
      signing = this.#init.signer.sign(digest, subject, options)
    } catch (error) {
      throw asSignError(error)
    }
    if (signing instanceof Uint8Array) return this.#checked(signing, digest, subject)
    return this.#inTime(signing, options.signal).then(signature => this.#checked(signature, digest, subject))
  }

  async #inTime(signing: Promise<Uint8Array>, signal: AbortSignal | undefined): Promise<Uint8Array> {
    try {
      return await withDeadline(this.#init.clock, SIGN_TIMEOUT_MS, signal, bound => raceSignal(signing, bound))
    } catch (error) {
      signal?.throwIfAborted()
      throw asSignError(error)
    }
  }

  #checked(signature: Uint8Array, digest: Uint8Array, subject: SignSubject): Uint8Array {
    if (signature.length !== SIGNATURE_BYTES) {
      throw new SignError(`signature: expected ${SIGNATURE_BYTES} bytes, got ${signature.length}`)
    }
    if (this.#proven) return signature
    const { verifier, operatorAddress } = this.#init
    const signers = digestsOf(subject, digest).map(candidate => verifier.recover(candidate, signature))
    if (!signers.includes(operatorAddress)) {
      throw new SignError(`the signer does not sign as ${operatorAddress}, but as ${signers[0] ?? 'nobody'}`)
    }
    this.#proven = true
    return signature
  }
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
