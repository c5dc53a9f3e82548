import {
  type ChainConnector,
  type Clock,
  coordinatorChain,
  type localSigner,
  parsePeerId,
  type SpEntry,
  staticChain
} from '../../../src/index.js'
import { type TestChain, testChain } from '../../../src/testing/index.js'

/** Where a node has its SP list from. */
export type ChainSpec =
  | {
      readonly kind: 'coordinator'
      readonly url: string
      readonly publicKey: string
      /** Peer ids that this node is not told of. */
      readonly hide?: readonly string[]
    }
  | { readonly kind: 'static'; readonly file: string }
  /** A list in memory, one for all nodes of a worker: `putEntries`. */
  | { readonly kind: 'memory'; readonly hide?: readonly string[] }

export const NETWORK = 'chaos'

export interface NodeChain {
  readonly connector: ChainConnector
  /** Tells the coordinator that this node has gone. */
  leave(peerId: string): Promise<void>
}

/** The chain of one worker's nodes. */
export class Chains {
  readonly #memory: TestChain = testChain()
  readonly #clock: Clock

  /** @param clock of nodes that run on one that can be moved */
  constructor(clock: Clock) {
    this.#clock = clock
  }

  put(entries: readonly SpEntry[]): void {
    for (const entry of entries) this.#memory.put(entry)
  }

  drop(): void {
    for (const sp of [...this.#memory.entries.keys()]) this.#memory.remove(sp)
  }

  of(spec: ChainSpec, signer: ReturnType<typeof localSigner>, movable: boolean): NodeChain {
    const { operatorAddress } = signer
    const nobody = async (): Promise<void> => undefined
    if (spec.kind === 'memory') {
      const chain = this.#memory.connector(operatorAddress, { namePeers: false })
      return { connector: hiding(chain, spec.hide), leave: nobody }
    }
    const time = movable ? { clock: this.#clock } : {}
    if (spec.kind === 'static') return { connector: staticChain({ file: spec.file, ...time }), leave: nobody }
    const { url, publicKey, hide } = spec
    const chain = coordinatorChain({ url, publicKey, network: NETWORK, operatorAddress, sign: signer, ...time })
    return {
      connector: hiding(chain, hide),
      leave: async peerId => await chain.leave([parsePeerId(peerId)].flatMap(id => id ?? []))
    }
  }
}

const hiding = (chain: ChainConnector, hide: readonly string[] = []): ChainConnector =>
  hide.length === 0 ? chain : without(chain, new Set(hide))

/** The same list with some nodes left out. */
function without(chain: ChainConnector, hidden: ReadonlySet<string>): ChainConnector {
  const shown = (entry: SpEntry): SpEntry => ({
    ...entry,
    nodes: entry.nodes.filter(({ peerId }) => !hidden.has(peerId))
  })
  const { registry } = chain
  return {
    name: chain.name,
    heights: chain.heights,
    registry: {
      list: () => registry.list().map(shown),
      get: sp => {
        const entry = registry.get(sp)
        return entry === undefined ? undefined : shown(entry)
      },
      onChange: listener =>
        registry.onChange(({ added, changed, removed }) =>
          listener({ added: added.map(shown), changed: changed.map(shown), removed: removed.map(shown) })
        )
    },
    start: () => chain.start(),
    stop: () => chain.stop(),
    status: () => chain.status(),
    announce: async node => await chain.announce?.(node)
  }
}
