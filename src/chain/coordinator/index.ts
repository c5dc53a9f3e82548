/** SPs and heights from a coordinator: `sp-approval coordinator`, or `createCoordinator` of `./coordinator`. */

import { parseSpAddress, requireSpAddress } from '../../codec/address.js'
import { CHAIN_POLL_MS } from '../../constants.js'
import type { PeerIdString } from '../../domain/brands.js'
import type { SpNode } from '../../domain/registry.js'
import { InvalidArgumentError, requireObject } from '../../errors.js'
import { secp256k1Backend } from '../../identity/backend.js'
import { BoundedSigner } from '../../identity/bounded-signer.js'
import type { Secp256k1Backend, Signer } from '../../identity/index.js'
import { createVerifier } from '../../identity/verifier.js'
import { type Clock, systemClock } from '../../kit/clock.js'
import { Poller } from '../../kit/poller.js'
import { withoutUrlSecrets } from '../../kit/shown.js'
import { componentLogger, type Logger, silentLogger } from '../../logger.js'
import { parseNode, requireNetwork } from '../entry-rules.js'
import { ChainGuard } from '../guard.js'
import type { AnnouncedNode } from '../index.js'
import { connector, type PolledChain } from '../polled.js'
import { Announcer } from './announcer.js'
import { CoordinatorClient } from './client.js'
import { OperatorRequests } from './requests.js'
import { StateSource } from './state-source.js'

export interface CoordinatorChainInit {
  /** `http://HOST:PORT` or `https://…`, with or without a path in front of `/v1`. */
  readonly url: string
  /** The coordinator's public key, 66 hex digits: nothing it did not sign is believed. */
  readonly publicKey: string
  readonly network: string
  readonly operatorAddress: string
  /** Signs our joins with the operator key. */
  readonly sign: Signer
  readonly joinToken?: string
  /** What our entry says besides its nodes. */
  readonly endpoint?: string
  readonly approvalAddress?: string
  /** Where list sequence and height survive a restart. */
  readonly stateFile?: string
  readonly clock?: Clock
  readonly logger?: Logger
  readonly backend?: Secp256k1Backend
}

export interface CoordinatorConnector extends PolledChain {
  announce(node: AnnouncedNode): Promise<void>
  /**
   * Declares these nodes to be all nodes of our SP: any other in its entry no longer speaks for it. A node that still
   * runs announces itself again, so stop the old ones first.
   *
   * @throws InvalidArgumentError | CoordinatorRefusedError | UnreachableError | SignError
   */
  replaceNodes(nodes: readonly SpNode[], options?: { readonly signal?: AbortSignal }): Promise<void>
  /** Takes these nodes of ours off the list, or with none named, us. */
  leave(peerIds?: readonly PeerIdString[], options?: { readonly signal?: AbortSignal }): Promise<void>
}

/** @throws InvalidArgumentError */
export function coordinatorChain(init: CoordinatorChainInit): CoordinatorConnector {
  requireObject('options', '{ url, publicKey, network, operatorAddress, sign }', init, 'url', 'publicKey')
  const { url, clock = systemClock, logger = silentLogger, backend = secp256k1Backend(), stateFile } = init
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
    throw new InvalidArgumentError('coordinator url', 'http://HOST:PORT or https://HOST', url)
  }
  const shownUrl = withoutUrlSecrets(url)
  const network = requireNetwork('network', init.network)
  const publicKey = requirePublicKey(init.publicKey)
  const operatorAddress = requireSpAddress('operatorAddress', init.operatorAddress)
  const identity = `coordinator ${network} ${publicKey}`
  const guard = new ChainGuard({
    name: 'coordinator',
    source: `coordinator ${shownUrl}`,
    identity,
    clock,
    logger,
    stateFile
  })
  const client = new CoordinatorClient(url, clock)
  const requests = new OperatorRequests({
    client,
    network,
    coordinator: publicKey,
    operatorAddress,
    approvalAddress: parseSpAddress(init.approvalAddress ?? '') ?? '',
    endpoint: init.endpoint ?? '',
    signer: new BoundedSigner({ signer: init.sign, operatorAddress, verifier: createVerifier(backend), clock }),
    joinToken: init.joinToken,
    clock
  })
  const source = new StateSource({ guard, client, backend, network, publicKey, clock })
  const announcer = new Announcer({
    requests,
    clock,
    takesProofs: () => source.joinVersion >= 2,
    onResult: problem => {
      guard.alarms.set('join', problem && `coordinator ${shownUrl}: ${problem}`)
      if (problem === undefined)
        componentLogger(logger, 'chain/coordinator/index').debug({ connector: 'coordinator', url: shownUrl }, 'joined')
    }
  })
  const poller = new Poller({ clock, intervalMs: CHAIN_POLL_MS, poll: signal => source.poll(signal) })
  const always = new AbortController().signal
  return {
    ...connector({
      name: 'coordinator',
      guard,
      pollers: [poller],
      close: () => announcer.stop(),
      forget: () => source.forget()
    }),
    announce: async node => {
      await announcer.announce(node)
      await poller.now()
    },
    leave: (peerIds = [], { signal = always } = {}) => requests.leave(peerIds, signal),
    replaceNodes: async (nodes, { signal = always } = {}) => {
      const parsed = nodes.map((node, index) => parseNode(node, `nodes[${index}]`))
      if (parsed.length === 0) throw new InvalidArgumentError('nodes', 'at least one node of the SP', 'none')
      await requests.join(parsed, { replace: true }, signal)
    }
  }
}

function requirePublicKey(text: string): string {
  const hex = /^(?:0x)?(0[23][0-9a-f]{64})$/i.exec(text)?.[1]
  if (hex === undefined) {
    throw new InvalidArgumentError('coordinator public key', 'a compressed secp256k1 key of 66 hex digits', text)
  }
  return hex.toLowerCase()
}
