/** Signer, verifier and keys. Both sides work on 32-byte digests. */
import type { SpAddress } from '../domain/brands.js'
import type { Ping, Pong, ReplicatePieceApprovalTask } from '../domain/task.js'

/** What a digest stands for; a remote GfSp signer gets the message, a local key only needs the digest. */
export type SignSubject =
  | { readonly type: 'ping'; readonly message: Ping }
  | { readonly type: 'pong'; readonly message: Pong }
  | { readonly type: 'task'; readonly message: ReplicatePieceApprovalTask }
  | { readonly type: 'join'; readonly message: Uint8Array }

export interface SignOptions {
  /** Aborts when nobody needs the signature any more. */
  readonly signal?: AbortSignal
}

/** The module waits 3 s for a signature, whatever the signer does (`bounded-signer.ts`). */
export interface Signer {
  /** 65 bytes R‖S‖V over a 32-byte digest, V 0 or 1, low S. @throws SignError */
  sign(digest: Uint8Array, subject: SignSubject, options?: SignOptions): Uint8Array | Promise<Uint8Array>
}

/** One implementation of the curve; the same tests run on both. */
export interface Secp256k1Backend {
  readonly name: 'native' | 'noble'
  /** 65 bytes R‖S‖V, RFC 6979, low S. */
  sign(digest: Uint8Array, privateKey: Uint8Array): Uint8Array
  /** The 65-byte uncompressed public key; `undefined` when nothing can be recovered. Does not check for high S. */
  recover(digest: Uint8Array, signature: Uint8Array): Uint8Array | undefined
}

export interface Verifier {
  readonly backend: Secp256k1Backend['name']
  /** The signing SP; `undefined` for any signature that docs/PROTOCOL.md refuses. */
  recover(digest: Uint8Array, signature: Uint8Array): SpAddress | undefined
}
