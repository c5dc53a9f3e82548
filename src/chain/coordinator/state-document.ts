import { keccak256 } from '../../codec/keccak.js'
import { DecodeError, InvalidArgumentError, shown } from '../../errors.js'
import type { Secp256k1Backend } from '../../identity/index.js'
import { parseEntries, requireNetwork } from '../entry-rules.js'
import { type CoordinatorState, type SignedState, stateBytes } from './messages.js'

const TYPE = 'sp-approval/coordinator/state'

/** The document as it is signed and served; entries are omitted for a client that has the list of this sequence. */
export function signState(
  state: Omit<CoordinatorState, 'entries'> & Partial<CoordinatorState>,
  sign: (digest: Uint8Array) => Uint8Array
): SignedState {
  const { network, sequence, time, height, blockTimeMs, epoch, joinVersion, entries } = state
  const payload = JSON.stringify({
    type: TYPE,
    version: 1,
    network,
    sequence: `${sequence}`,
    time,
    height: `${height}`,
    blockTimeMs,
    epoch,
    joinVersion,
    entries
  })
  return { payload, signature: `0x${Buffer.from(sign(keccak256(stateBytes(payload)))).toString('hex')}` }
}

interface OpenOptions {
  readonly backend: Secp256k1Backend
  /** Compressed, lower-case hex without 0x. */
  readonly publicKey: string
  /** The last checked list: a document of the same sequence has the same entries. */
  readonly known?: Pick<CoordinatorState, 'sequence' | 'entries' | 'epoch'> | undefined
}

/**
 * The state in a document that the pinned key signed.
 * @throws DecodeError | InvalidArgumentError saying what is wrong; nothing of it may be used then
 */
export function openState(raw: unknown, { backend, publicKey, known }: OpenOptions): CoordinatorState {
  const { payload, signature } = Object(raw) as Record<string, unknown>
  if (typeof payload !== 'string' || typeof signature !== 'string' || !/^0x[0-9a-f]{130}$/i.test(signature)) {
    throw new DecodeError('malformed', 'expected a payload and a signature of 65 bytes in hex')
  }
  const signer = backend.recover(keccak256(stateBytes(payload)), Buffer.from(signature.slice(2), 'hex'))
  const key = signer === undefined ? undefined : compressedKey(signer)
  if (key !== publicKey) {
    throw new InvalidArgumentError('state signature', `one of the pinned key ${publicKey}`, key ?? 'no valid one')
  }
  const { type, version, network, sequence, time, height, blockTimeMs, epoch, joinVersion, entries } = parsed(payload)
  if (type !== TYPE || version !== 1) throw new InvalidArgumentError('state', `${TYPE} version 1`, shown(type))
  const number = requireNatural('state.sequence', sequence)
  return {
    network: requireNetwork('state.network', network),
    sequence: number,
    time: Number(requireNatural('state.time', time)),
    height: requireNatural('state.height', height),
    blockTimeMs: Number(requireNatural('state.blockTimeMs', blockTimeMs)),
    epoch: epoch === undefined ? undefined : requireEpoch(epoch),
    joinVersion: joinVersion === undefined ? undefined : Number(requireNatural('state.joinVersion', joinVersion)),
    entries:
      known?.sequence === number && (known.epoch === epoch || entries === undefined)
        ? known.entries
        : parseEntries(entries, { list: 'state.entries', known: known?.entries ?? [] })
  }
}

function parsed(payload: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(payload))
  } catch (cause) {
    throw new DecodeError('malformed', 'expected a payload of JSON', { cause })
  }
}

function requireEpoch(value: unknown): string {
  if (typeof value === 'string' && /^[0-9a-f]{16}$/.test(value)) return value
  throw new InvalidArgumentError('state.epoch', '16 hex digits', value)
}

/** An unsigned 64-bit number as decimal text, or a JSON number within the safe range. */
function requireNatural(what: string, value: unknown): bigint {
  if (typeof value === 'string' && /^\d{1,20}$/.test(value)) return BigInt(value)
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return BigInt(value)
  throw new InvalidArgumentError(what, 'a whole number, not negative', value)
}

/** Hex of the compressed form of a 65-byte public key: the parity of y, then x. */
export function compressedKey(publicKey65: Uint8Array): string {
  const parity = (publicKey65[64] ?? 0) % 2 === 0 ? '02' : '03'
  return parity + Buffer.from(publicKey65.subarray(1, 33)).toString('hex')
}
