/**
 * What a connector remembers across restarts: the highest list sequence, so that an old list cannot come back, the
 * SPs of that list, so that half of them cannot vanish meanwhile, and the last height with its wall time.
 */
import { readFile, stat } from 'node:fs/promises'
import { requireSpAddress } from '../codec/address.js'
import type { SpAddress } from '../domain/brands.js'
import { DecodeError } from '../errors.js'
import { isMissing, writeFileAtomically } from '../kit/atomic-file.js'

export interface ChainState {
  /** Which source it belongs to: a state of another network says nothing. */
  readonly source: string
  readonly list: { readonly sequence: bigint; readonly time: number; readonly sps: readonly SpAddress[] } | undefined
  /** `at`: Unix ms of the reading. */
  readonly height: { readonly value: bigint; readonly at: number } | undefined
}

/** Room for 10,000 addresses. */
const MAX_STATE_BYTES = 2 * 1024 * 1024

/** The stored state; `undefined` where there is none. @throws DecodeError when the file is not what was written */
export async function loadChainState(file: string): Promise<ChainState | undefined> {
  let text: string
  try {
    const { size } = await stat(file)
    if (size > MAX_STATE_BYTES) throw new DecodeError('too-large', `${file}: ${size} bytes`)
    text = await readFile(file, 'utf8')
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
  try {
    return parseState(JSON.parse(text))
  } catch (cause) {
    throw new DecodeError('malformed', `${file}: expected the state a connector wrote`, { cause })
  }
}

function parseState(raw: unknown): ChainState {
  const { version, source, list, height } = Object(raw)
  if (version !== 1 || typeof source !== 'string') throw new TypeError('version or source')
  return {
    source,
    list:
      list === null
        ? undefined
        : {
            sequence: natural(list.sequence),
            time: Number(natural(list.time)),
            sps: Array.from(list.sps, sp => requireSpAddress('sps', String(sp)))
          },
    height: height === null ? undefined : { value: natural(height.value), at: Number(natural(height.at)) }
  }
}

function natural(value: unknown): bigint {
  if (typeof value === 'string' || Number.isSafeInteger(value)) {
    const number = BigInt(value as string | number)
    if (number >= 0n && number < 1n << 63n) return number
  }
  throw new TypeError('expected a whole number below 2^63')
}

export const saveChainState = (file: string, state: ChainState): Promise<void> =>
  writeFileAtomically(
    file,
    JSON.stringify({
      version: 1,
      source: state.source,
      list: state.list === undefined ? null : { ...state.list, sequence: `${state.list.sequence}` },
      height: state.height === undefined ? null : { ...state.height, value: `${state.height.value}` }
    })
  )
