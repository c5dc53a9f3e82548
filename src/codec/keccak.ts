import { keccak_256 } from '@noble/hashes/sha3.js'
import * as hashWasm from 'hash-wasm'

/** Node loads its CommonJS, whose exports are those of `default`; bundlers take its ES module. */
const { createKeccak } = 'default' in hashWasm ? (hashWasm.default as typeof hashWasm) : hashWasm

let digest: (bytes: Uint8Array) => Uint8Array = keccak_256

// WebAssembly loads asynchronously and is five times faster. Until then, and where it fails to load, noble is used.
createKeccak(256).then(
  hasher => {
    digest = bytes => hasher.init().update(bytes).digest('binary')
  },
  () => undefined
)

/** The keccak-256 of Ethereum (not SHA-3), 32 bytes. */
export const keccak256 = (bytes: Uint8Array): Uint8Array => digest(bytes)
