import type { DialFailure } from '../../domain/node.js'
import { messageOf } from '../../errors.js'

/** One address's failure: a word that does not change, and a sentence for people. */
export interface DialFault {
  readonly kind: DialFailure
  readonly error: string
}

/** The one that says most about a node with several addresses comes first. */
const TELLING: readonly DialFailure[] = ['wrong-peer', 'protocol', 'timeout', 'refused', 'unreachable', 'dns', 'other']
const MAX_SENTENCES = 3

/** What the failures of a node's addresses come to. */
export function dialFailure(faults: readonly DialFault[]): DialFault {
  const sorted = [...faults].sort((a, b) => TELLING.indexOf(a.kind) - TELLING.indexOf(b.kind))
  const sentences = [...new Set(sorted.map(({ error }) => error))]
  return { kind: sorted[0]?.kind ?? 'other', error: sentences.slice(0, MAX_SENTENCES).join('; ') || 'no address' }
}

/**
 * Why a dial of an address failed, in plain words; several where a name stands for several addresses.
 *
 * @param how.reached the address took the connection
 * @param how.silentMs set when our own patience ended the dial
 */
export function faultsOf(
  error: unknown,
  { reached, silentMs }: { readonly reached: boolean; readonly silentMs: number | undefined }
): readonly DialFault[] {
  if (silentMs !== undefined) {
    const what = reached ? 'took the connection, then said nothing' : 'no answer'
    return [{ kind: 'timeout', error: `${what} for ${Math.round(silentMs / 100) / 10} s` }]
  }
  const causes: readonly unknown[] = error instanceof AggregateError ? error.errors : [error]
  return causes.map(cause => ({ kind: kindOf(cause), error: sentenceOf(cause) }))
}

const REFUSED = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE'])
const UNREACHABLE = new Set([
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'EACCES',
  'EPERM',
  'ERR_UNREACHABLE'
])
const DNS = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_NODATA', 'ENODATA', 'ESERVFAIL', 'ETIMEOUT', 'EREFUSED'])
const PROTOCOL = new Set([
  'EncryptionFailedError',
  'MuxerUnavailableError',
  'UnsupportedProtocolError',
  'ConnectionClosedError',
  'ConnectionInterceptedError',
  'UnexpectedEOFError',
  'StreamResetError'
])

function kindOf(error: unknown): DialFailure {
  if (!(error instanceof Error)) return 'other'
  const code = 'code' in error ? String(error.code) : ''
  // libp2p wraps what Noise found into an error of another name and keeps its message only.
  if (/does not match expected remote identity key|Payload identity key/.test(error.message)) return 'wrong-peer'
  if (DNS.has(code)) return 'dns'
  if (REFUSED.has(code)) return 'refused'
  if (UNREACHABLE.has(code) || error.name === 'NoValidAddressesError') return 'unreachable'
  if (code === 'ETIMEDOUT' || error.name === 'TimeoutError' || /aborted due to timeout/.test(error.message))
    return 'timeout'
  return PROTOCOL.has(error.name) ? 'protocol' : 'other'
}

function sentenceOf(error: unknown): string {
  const message = messageOf(error)
  const place = /connection error (\S+): /.exec(message)?.[1]
  const where = place === undefined ? '' : ` at ${place}`
  switch (kindOf(error)) {
    case 'wrong-peer':
      return 'another peer id answers at this address'
    case 'refused':
      return `the connection was refused or reset${where}`
    case 'dns':
      return `the name does not resolve: ${message.replace(/^connection error \S+: /, '')}`
    case 'timeout':
      return `no answer${where}`
    case 'protocol':
      return `the handshake failed: ${message}`
    default:
      return message
  }
}
