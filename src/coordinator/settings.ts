import { getPublicKey } from '@noble/secp256k1'
import { requireNetwork } from '../chain/entry-rules.js'
import { InvalidArgumentError, requireObject } from '../errors.js'
import { requireKey } from '../identity/keys.js'
import { type HostPort, parseHostPort } from '../kit/host-port.js'
import type { CoordinatorOptions } from './index.js'
import { MIN_TOKEN_LENGTH } from './join-policy.js'

export interface Settings {
  readonly network: string
  readonly key: Uint8Array
  readonly publicKey: string
  readonly listen: HostPort
  readonly leaseMs: number
  readonly blockTimeMs: number | undefined
  readonly genesisMs: number | undefined
  readonly adminToken: string | undefined
}

const DEFAULT_LEASE_MS = 60_000
const DEFAULT_LISTEN = '127.0.0.1:0'

/** The options, checked. @throws InvalidArgumentError */
export function parseSettings(options: CoordinatorOptions): Settings {
  requireObject('options', '{ network, dataDir, key }', options, 'network', 'dataDir')
  const key = requireKey(options.key).slice()
  const { leaseMs = DEFAULT_LEASE_MS, blockTimeMs, genesis, adminToken, listen = DEFAULT_LISTEN } = options
  if (adminToken !== undefined && adminToken.length < MIN_TOKEN_LENGTH) {
    throw new InvalidArgumentError('admin token', `at least ${MIN_TOKEN_LENGTH} characters`, adminToken.length)
  }
  const address = parseHostPort(listen)
  if (address === undefined) throw new InvalidArgumentError('listen', 'HOST:PORT or [IPv6]:PORT', listen)
  return {
    listen: address,
    network: requireNetwork('network', options.network),
    key,
    publicKey: Buffer.from(getPublicKey(key, true)).toString('hex'),
    leaseMs: requireWhole('leaseMs', leaseMs, 1_000, 86_400_000),
    blockTimeMs: blockTimeMs === undefined ? undefined : requireWhole('blockTimeMs', blockTimeMs, 50, 3_600_000),
    genesisMs: genesis === undefined ? undefined : requireWhole('genesis', genesis, 0, Number.MAX_SAFE_INTEGER),
    adminToken
  }
}

function requireWhole(what: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw new InvalidArgumentError(what, `a whole number from ${least} to ${most}`, value)
}
