import { getPublicKey } from '@noble/secp256k1'
import { requireNetwork } from '../chain/network.js'
import { InvalidArgumentError } from '../errors.js'
import { requireKey } from '../identity/keys.js'
import type { CoordinatorOptions } from './index.js'
import { digest } from './join-policy.js'

export interface Settings {
  readonly network: string
  readonly key: Uint8Array
  readonly publicKey: string
  readonly host: string
  readonly port: number
  readonly leaseMs: number
  readonly blockTimeMs: number | undefined
  readonly genesisMs: number | undefined
  readonly adminTokenDigest: Buffer | undefined
}

const DEFAULT_LEASE_MS = 60_000
const DEFAULT_LISTEN = '127.0.0.1:0'
const MIN_TOKEN_LENGTH = 16

/** The options, checked. @throws InvalidArgumentError */
export function parseSettings(options: CoordinatorOptions): Settings {
  const key = requireKey(options.key).slice()
  const { leaseMs = DEFAULT_LEASE_MS, blockTimeMs, genesis, adminToken, listen = DEFAULT_LISTEN } = options
  if (adminToken !== undefined && adminToken.length < MIN_TOKEN_LENGTH) {
    throw new InvalidArgumentError('admin token', `at least ${MIN_TOKEN_LENGTH} characters`, adminToken.length)
  }
  return {
    ...parseListen(listen),
    network: requireNetwork('network', options.network),
    key,
    publicKey: Buffer.from(getPublicKey(key, true)).toString('hex'),
    leaseMs: requireWhole('leaseMs', leaseMs, 1_000, 86_400_000),
    blockTimeMs: blockTimeMs === undefined ? undefined : requireWhole('blockTimeMs', blockTimeMs, 50, 3_600_000),
    genesisMs: genesis === undefined ? undefined : requireWhole('genesis', genesis, 0, Number.MAX_SAFE_INTEGER),
    adminTokenDigest: adminToken === undefined ? undefined : digest(adminToken)
  }
}

function parseListen(listen: string): { readonly host: string; readonly port: number } {
  const [, bracketed, plain, portText] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(listen) ?? []
  const host = bracketed ?? plain
  const port = Number(portText)
  if (host === undefined || port > 65_535) throw new InvalidArgumentError('listen', 'HOST:PORT or [IPv6]:PORT', listen)
  return { host, port }
}

function requireWhole(what: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw new InvalidArgumentError(what, `a whole number from ${least} to ${most}`, value)
}
