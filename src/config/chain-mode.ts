import type { EffectiveConfig } from './load.js'
import type { Source } from './problems.js'

export type ChainMode = 'static' | 'coordinator' | 'greenfield' | 'gfsp-db'

/**
 * `[Chain] Mode`, or what follows from the other keys where it is not set. A coordinator named by a flag or a variable
 * comes before a mode of the file: `--coordinator URL` is enough.
 */
export function chainMode({ settings, sourceOf }: Pick<EffectiveConfig, 'settings' | 'sourceOf'>): ChainMode {
  const { Chain, SpDB } = settings
  const configured: ChainMode | '' = Chain.Mode
  const overridden = rankOf(sourceOf('Chain.CoordinatorURL')) > rankOf(sourceOf('Chain.Mode'))
  if (configured !== '' && !overridden) return configured
  if (Chain.CoordinatorURL !== '') return 'coordinator'
  if (Chain.ChainAddress.length === 0) return 'static'
  return SpDB.Address === '' ? 'greenfield' : 'gfsp-db'
}

const RANK = { default: 0, file: 1, env: 2, flag: 3 } as const
const rankOf = ({ from }: Source): number => RANK[from]

/** Name of the network, for the coordinator. */
export const networkOf = ({ settings: { Chain } }: Pick<EffectiveConfig, 'settings'>): string =>
  Chain.Network || Chain.ChainID || 'local'
