import type { ChainConnector } from '../index.js'
import { withoutUrlSecrets } from '../kit/shown.js'
import { type ChainMode, chainMode } from './chain-mode.js'
import type { CoordinatorInit } from './coordinator.js'
import type { Settings } from './keys.js'
import type { EffectiveConfig } from './load.js'

/** A source of SPs and heights that a configuration can name. */
interface ChainSource {
  /** Keys of [Chain] that must have a value. */
  readonly needs: readonly (keyof Settings['Chain'])[]
  /** Where the list comes from, for people. */
  place(settings: Settings): string
  /** Loads the library when it is called, not before. @throws ConfigError | InvalidArgumentError */
  create(config: EffectiveConfig, init: CoordinatorInit): Promise<ChainConnector>
}

/** The sources of this version, a row each; a mode without one is known and not yet supported. */
export const CHAIN_SOURCES: Readonly<Partial<Record<ChainMode, ChainSource>>> = {
  static: {
    needs: [],
    place: ({ Chain }) => Chain.ProvidersFile,
    create: async ({ settings }, { signer: _, ...shared }) => {
      const { staticChain } = await import('../index.js')
      return staticChain({ file: settings.Chain.ProvidersFile, ...shared })
    }
  },
  coordinator: {
    needs: ['CoordinatorURL', 'CoordinatorPublicKey'],
    place: ({ Chain }) => withoutUrlSecrets(`coordinator ${Chain.CoordinatorURL}`),
    create: async (config, init) => (await import('./coordinator.js')).coordinatorOf(config, init)
  }
}

/** Where the list of this configuration comes from, for people. */
export const chainPlace = (config: EffectiveConfig): string => {
  const mode = chainMode(config)
  return CHAIN_SOURCES[mode]?.place(config.settings) ?? mode
}
