/** Checks that take more than one key, and what this version cannot do yet. */

import { chainMode } from './chain-mode.js'
import { CHAIN_SOURCES } from './chain-sources.js'
import { ENTRIES, type KeyPath } from './keys.js'
import type { EffectiveConfig } from './load.js'
import { placeText, type Source } from './problems.js'

export function checkTogether(config: EffectiveConfig): string[] {
  const { Ask, Approval, Chain, Endpoint, Peers, SpAccount } = config.settings
  const problems: string[] = []
  const check = (good: boolean, path: KeyPath, text: string): void => {
    if (!good) problems.push(`${place(config, path)}: ${text}`)
  }
  const life = Approval.ReplicatePieceTimeoutHeight

  check(
    config.settings[''].Server.length === 0 || config.settings[''].Server.some(name => name.toLowerCase() === 'p2p'),
    'Server',
    `expected a list with 'p2p' in it, got ${JSON.stringify(config.settings[''].Server)}`
  )
  check(Ask.Min <= Ask.Max, 'Ask.Min', `expected at most [Ask] Max = ${Ask.Max}, got ${Ask.Min}`)
  check(
    Chain.MinLife <= Chain.MaxLife,
    'Chain.MinLife',
    `expected at most [Chain] MaxLife = ${Chain.MaxLife}, got ${Chain.MinLife}`
  )
  check(
    life <= Chain.MaxLife,
    'Approval.ReplicatePieceTimeoutHeight',
    `expected at most [Chain] MaxLife = ${Chain.MaxLife}, got ${life}`
  )
  check(
    life >= Chain.MinLife,
    'Approval.ReplicatePieceTimeoutHeight',
    `expected at least [Chain] MinLife = ${Chain.MinLife}, got ${life}`
  )
  check(
    Peers.TargetPerSp <= Peers.MaxPerSp,
    'Peers.TargetPerSp',
    `expected at most [Peers] MaxPerSp = ${Peers.MaxPerSp}, got ${Peers.TargetPerSp}`
  )
  check(
    Peers.KeepPerSp < Peers.MaxPerSp,
    'Peers.KeepPerSp',
    `expected less than [Peers] MaxPerSp = ${Peers.MaxPerSp}, or nothing would ever be forgotten, got ${Peers.KeepPerSp}`
  )

  // the daemon would make a key of its own, and the SP would sign with a stranger's
  const signs =
    SpAccount.OperatorPrivateKey !== '' || config.sourceOf('SpAccount.OperatorPrivateKeyFile').from !== 'default'
  check(
    Endpoint.SignerEndpoint === '' || signs,
    'Endpoint.SignerEndpoint',
    'expected an operator key beside it (OperatorPrivateKeyFile), got none: the remote signer is not yet in this version'
  )

  return [...problems, ...checkChain(config)]
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

/** Where the line points: the source of `path`, named as `shown`. */
export function place(config: EffectiveConfig, path: KeyPath, shown: KeyPath = path): string {
  const { section, name } = ENTRIES.find(entry => entry.path === shown) ?? { section: '', name: shown }
  const source = config.sourceOf(path)
  const fallback: Source = config.file === undefined ? source : { from: 'file', file: config.shownFile }
  return placeText(source.from === 'default' ? fallback : source, section, name)
}
