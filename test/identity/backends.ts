import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { secp256k1Backend } from '../../src/identity/backend.js'
import type { Secp256k1Backend } from '../../src/identity/index.js'

/** Whether the addon ships a build for this machine; where it does it has to load. */
function shipsNative(): boolean {
  try {
    const folder = dirname(createRequire(import.meta.url).resolve('secp256k1/package.json'))
    return existsSync(join(folder, 'prebuilds', `${process.platform}-${process.arch}`))
  } catch {
    return false
  }
}

/** Every backend of this machine: all tests of signatures run on each. */
export const backends: readonly Secp256k1Backend[] = shipsNative()
  ? [secp256k1Backend('native'), secp256k1Backend('noble')]
  : [secp256k1Backend('noble')]
