import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { createKey, loadKey, operatorAddressOf, parseKeyHex, peerIdOf, writeKey } from '../../../index.js'
import { UsageError } from '../../shell/fail.js'
import { configOf, type GlobalOptions } from '../../shell/options.js'
import { print, printJson, printPairs } from '../../shell/output.js'
import { integerOption } from '../../shell/parse.js'

export interface CreateOptions extends GlobalOptions {
  readonly count: string
  readonly out?: string
  readonly private?: boolean
}

export interface ShowOptions extends GlobalOptions {
  readonly private?: boolean
}

const MAX_KEYS = 10_000
const DEFAULT_FILE = 'new.key'

interface ShownKey {
  readonly name?: string
  readonly file?: string
  readonly peerId?: string
  readonly operatorAddress?: string
  readonly privateKey?: string
}

export async function createKeys(options: CreateOptions): Promise<void> {
  const count = integerOption('--count', options.count, 1, MAX_KEYS)
  // a key that is neither written nor printed would be lost
  const out = options.out ?? (options.private === true ? undefined : DEFAULT_FILE)
  const files = Array.from({ length: count }, (_, index) => fileName(out, count, index))
  const taken = files.find(file => file !== undefined && existsSync(file))
  if (taken !== undefined)
    throw new UsageError(`${taken}: expected a new file, got an existing one, which is never overwritten`)
  const keys: ShownKey[] = []
  try {
    for (const file of files) {
      const key = createKey()
      if (file !== undefined) await writeKey(file, key)
      keys.push(shown(key, options.private === true, file === undefined ? {} : { file }))
    }
  } catch (error) {
    for (const { file } of keys) if (file !== undefined) await rm(file)
    throw error
  }
  printKeys(keys, options.json === true)
}

export async function showKeys(options: ShowOptions, file?: string): Promise<void> {
  const withPrivate = options.private === true
  if (file !== undefined) {
    return printKeys([shown(await loadKey(file), withPrivate, { file })], options.json === true)
  }
  const { P2P, SpAccount } = (await configOf(options)).settings
  const read = async (name: 'node' | 'operator', inline: string, keyFile: string): Promise<ShownKey> =>
    inline === ''
      ? shown(await loadKey(keyFile), withPrivate, { name, file: keyFile })
      : shown(parseKeyHex(inline), withPrivate, { name })
  printKeys(
    [
      await read('node', P2P.P2PPrivateKey, P2P.P2PPrivateKeyFile),
      await read('operator', SpAccount.OperatorPrivateKey, SpAccount.OperatorPrivateKeyFile)
    ],
    options.json === true
  )
}

const fileName = (out: string | undefined, count: number, index: number): string | undefined =>
  out === undefined || count === 1 ? out : `${out}.${index + 1}`

/** A node's key is known by its peer id, an operator's by its address, any other by both. */
const shown = (key: Uint8Array, withPrivate: boolean, more: Pick<ShownKey, 'name' | 'file'>): ShownKey => ({
  ...more,
  ...(more.name !== 'operator' && { peerId: peerIdOf(key) }),
  ...(more.name !== 'node' && { operatorAddress: operatorAddressOf(key) }),
  ...(withPrivate && { privateKey: Buffer.from(key).toString('hex') })
})

function printKeys(keys: readonly ShownKey[], json: boolean): void {
  if (json) {
    printJson({ keys })
    return
  }
  for (const [index, key] of keys.entries()) {
    if (index > 0) print('')
    printPairs(Object.entries(key).map(([name, value]) => [name, String(value)]))
  }
}
