import type { ChainConnector } from '../index.js'
import type { ChainMode } from './chain-mode.js'
import type { CoordinatorInit } from './coordinator.js'
import type { Settings } from './keys.js'
import type { EffectiveConfig } from './load.js'

/** A source of SPs and heights that a configuration can name. */
interface ChainSource {
  /** Keys of [Chain] that must have a value. */
  readonly needs: readonly (keyof Settings['Chain'])[]
  /** Loads the library when it is called, not before. @throws ConfigError | InvalidArgumentError */
  create(config: EffectiveConfig, init: CoordinatorInit): Promise<ChainConnector>
}

/** The sources of this version, a row each; a mode without one is known and not yet supported. */
export const CHAIN_SOURCES: Readonly<Partial<Record<ChainMode, ChainSource>>> = {
  static: {
    needs: [],
    create: async ({ settings }, { signer: _, ...shared }) => {
      const { staticChain } = await import('../index.js')
      return staticChain({ file: settings.Chain.ProvidersFile, ...shared })
    }
  },
  coordinator: {
    needs: ['CoordinatorURL', 'CoordinatorPublicKey'],
    create: async (config, init) => (await import('./coordinator.js')).coordinatorOf(config, init)
  }
}
