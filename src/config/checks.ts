/** Checks that involve more than one key, and settings that this version does not support yet. */

import { parseHostPort } from '../kit/host-port.js'
import { chainMode } from './chain-mode.js'
import { CHAIN_SOURCES } from './chain-sources.js'
import { ENTRIES, type KeyEntry, type KeyPath, valueAt } from './keys.js'
import type { EffectiveConfig } from './load.js'
import { keyText, placeText, type Source } from './problems.js'

const RELATIONS = {
  'at most': (value: number, limit: number) => value <= limit,
  'at least': (value: number, limit: number) => value >= limit,
  'less than': (value: number, limit: number) => value < limit
}

export function checkTogether(config: EffectiveConfig): string[] {
  const { Endpoint, SpAccount } = config.settings
  const { Server } = config.settings['']
  const problems: string[] = []
  const check = (good: boolean, path: KeyPath, text: string): void => {
    if (!good) problems.push(`${place(config, path)}: ${text}`)
  }
  const numberAt = (path: KeyPath): number => Number(valueAt(config.settings, entryAt(path)))
  const shown = (path: KeyPath): string => keyText(entryAt(path).section, entryAt(path).name)
  const compare = (path: KeyPath, relation: keyof typeof RELATIONS, limit: KeyPath, why = ''): void => {
    const [value, bound] = [numberAt(path), numberAt(limit)]
    check(
      RELATIONS[relation](value, bound),
      path,
      `expected ${relation} ${shown(limit)} = ${bound}${why}, got ${value}`
    )
  }

  check(
    Server.length === 0 || Server.some(name => name.toLowerCase() === 'p2p'),
    'Server',
    `expected a list with 'p2p' in it, got ${JSON.stringify(Server)}`
  )
  compare('Ask.Min', 'at most', 'Ask.Max')
  compare('Chain.MinLife', 'at most', 'Chain.MaxLife')
  compare('Approval.ReplicatePieceTimeoutHeight', 'at most', 'Chain.MaxLife')
  compare('Approval.ReplicatePieceTimeoutHeight', 'at least', 'Chain.MinLife')
  compare('Peers.TargetPerSp', 'at most', 'Peers.MaxPerSp')
  compare('Peers.KeepPerSp', 'less than', 'Peers.MaxPerSp', ', or nothing would ever be forgotten')

  // otherwise the daemon would create a key, which does not belong to the SP
  const signs =
    SpAccount.OperatorPrivateKey !== '' || config.sourceOf('SpAccount.OperatorPrivateKeyFile').from !== 'default'
  check(
    Endpoint.SignerEndpoint === '' || signs,
    'Endpoint.SignerEndpoint',
    'expected an operator key beside it (OperatorPrivateKeyFile), got none: the remote signer is not yet in this version'
  )

  return [...problems, ...checkListeners(config), ...checkChain(config)]
}

/** Settings that load but are probably a mistake, one line each. */
export function doubts(config: EffectiveConfig): string[] {
  const { Chain, P2P } = config.settings
  const found: string[] = []
  if (chainMode(config) === 'static' && Chain.CoordinatorURL !== '') {
    found.push(
      `${place(config, 'Chain.CoordinatorURL')}: not used, since [Chain] Mode is 'static': set it to 'coordinator', or leave it out`
    )
  }
  const reached = [...P2P.Listen, ...(P2P.Listen.length === 0 ? [P2P.P2PAddress] : []), ...P2P.Announce]
  const local = reached.every(address => /^(\/ip4\/127\.|\/ip6\/::1\/|127\.|localhost:|\[::1\]:)/.test(address))
  if (local && P2P.P2PAntAddress === '' && !P2P.AllowPrivate) {
    found.push(
      'the node listens on loopback only, and SPs on this machine are not dialled: set [P2P] AllowPrivate = true (--allow-private) for a local network'
    )
  }
  return found
}

/** Two servers cannot listen at one place; port 0 is a place of its own each time. */
function checkListeners(config: EffectiveConfig): string[] {
  const { Api, Monitor, P2P } = config.settings
  const listeners: readonly (readonly [KeyPath, string])[] = [
    ['Api.HTTPAddress', Api.HTTPAddress],
    ['Monitor.MetricsHTTPAddress', Monitor.DisableMetrics ? '' : Monitor.MetricsHTTPAddress],
    ['Monitor.ProbeHTTPAddress', Monitor.DisableProbe ? '' : Monitor.ProbeHTTPAddress],
    ['P2P.P2PAddress', P2P.Listen.length > 0 ? '' : P2P.P2PAddress]
  ]
  return listeners.flatMap(([path, address], index) => {
    const taken = listeners.slice(0, index).find(([, other]) => overlap(address, other))
    const got = `${address}, where [${taken?.[0].replace('.', '] ')} = '${taken?.[1]}' listens too`
    return taken === undefined ? [] : [`${place(config, path)}: expected a place of its own, got ${got}`]
  })
}

function overlap(one: string, other: string): boolean {
  const [a, b] = [parseHostPort(one), parseHostPort(other)]
  if (a === undefined || b === undefined || a.port === 0 || a.port !== b.port) return false
  const [hostA, hostB] = [a, b].map(({ host }) => (host === 'localhost' ? '127.0.0.1' : host))
  return hostA === hostB || [hostA, hostB].some(host => host === '0.0.0.0' || host === '::')
}

function checkChain(config: EffectiveConfig): string[] {
  const mode = chainMode(config)
  const source = CHAIN_SOURCES[mode]
  if (source === undefined) {
    const given = config.sourceOf('Chain.Mode').from !== 'default'
    const got = given
      ? `'${mode}'`
      : `'${mode}', inferred from ${mode === 'greenfield' ? 'ChainAddress' : 'ChainAddress and [SpDB]'}`
    const expected = Object.keys(CHAIN_SOURCES)
      .map(name => `'${name}'`)
      .join(' or ')
    return [
      `${place(config, given ? 'Chain.Mode' : 'Chain.ChainAddress', 'Chain.Mode')}: expected ${expected}, got ${got}, which is not yet in this version`
    ]
  }
  return source.needs
    .filter(name => config.settings.Chain[name] === '')
    .map(
      name => `${place(config, 'Chain.Mode', `Chain.${name}`)}: expected a value, since the mode is '${mode}', got none`
    )
}

/** Beginning of an error line: the source of `path`, followed by the key `shown`. */
export function place(config: EffectiveConfig, path: KeyPath, shown: KeyPath = path): string {
  const { section, name } = entryAt(shown)
  const source = config.sourceOf(path)
  const fallback: Source = config.file === undefined ? source : { from: 'file', name: config.shownFile }
  return placeText(source.from === 'default' ? fallback : source, section, name)
}

const entryAt = (path: KeyPath): Pick<KeyEntry, 'section' | 'name'> =>
  ENTRIES.find(entry => entry.path === path) ?? { section: '', name: path }
