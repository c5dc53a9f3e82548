import { type CoordinatorConnector, coordinatorChain, type Logger, type localSigner } from '../index.js'
import { networkOf } from './chain-mode.js'
import type { EffectiveConfig } from './load.js'
import { readSecretFile } from './read-file.js'

export interface CoordinatorInit {
  readonly signer: ReturnType<typeof localSigner>
  /** Where list sequence and height survive a restart; only a running node keeps them. */
  readonly stateFile?: string
  readonly logger?: Logger
}

/** The coordinator of a configuration, as this SP. @throws ConfigError | InvalidArgumentError */
export function coordinatorOf(config: EffectiveConfig, { signer, ...shared }: CoordinatorInit): CoordinatorConnector {
  const { Chain } = config.settings
  const joinToken =
    Chain.JoinToken !== '' || Chain.JoinTokenFile === ''
      ? Chain.JoinToken
      : readSecretFile(Chain.JoinTokenFile, 'the join token')
  return coordinatorChain({
    url: Chain.CoordinatorURL,
    publicKey: Chain.CoordinatorPublicKey,
    network: networkOf(config),
    operatorAddress: signer.operatorAddress,
    sign: signer,
    ...(joinToken !== '' && { joinToken }),
    ...(Chain.Endpoint !== '' && { endpoint: Chain.Endpoint }),
    ...(Chain.ApprovalAddress !== '' && { approvalAddress: Chain.ApprovalAddress }),
    ...shared
  })
}
