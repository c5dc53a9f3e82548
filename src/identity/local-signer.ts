import type { SpAddress } from '../domain/brands.js'
import { SignError } from '../errors.js'
import { secp256k1Backend } from './backend.js'
import type { Secp256k1Backend, Signer } from './index.js'
import { operatorAddressOf, parseKeyHex, requireKey } from './keys.js'

const made = new WeakSet<object>()

/** Whether the signer is one of {@link localSigner}: what it gives needs no verification each time. */
export const isLocalSigner = (signer: Signer): boolean => made.has(signer)

/**
 * A signer with the operator key in this process.
 *
 * @param privateKey 32 bytes, or 64 hex digits with or without 0x
 * @throws InvalidArgumentError when it is no key; the message never holds it
 */
export function localSigner(
  privateKey: Uint8Array | string,
  backend: Secp256k1Backend = secp256k1Backend()
): Signer & { readonly operatorAddress: SpAddress } {
  const key = typeof privateKey === 'string' ? parseKeyHex(privateKey) : requireKey(privateKey).slice()
  const signer: ReturnType<typeof localSigner> = {
    operatorAddress: operatorAddressOf(key),
    sign: digest => {
      if (digest.length !== 32) throw new SignError(`digest: expected 32 bytes, got ${digest.length}`)
      try {
        return backend.sign(digest, key)
      } catch (cause) {
        throw new SignError(`the ${backend.name} backend did not sign`, { cause })
      }
    }
  }
  made.add(signer)
  return signer
}
