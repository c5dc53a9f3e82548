import { isDeepStrictEqual } from 'node:util'
import type { PongNode } from '../../domain/task.js'
import type { PeerDirectory, PeerRecord } from '../../peers/index.js'

/** Addresses of a node told in a pong. */
const MAX_ADDRESSES = 4

/** The nodes that our pongs tell of. */
export class PongSample {
  readonly #directory: Pick<PeerDirectory, 'tellable'>
  readonly #maxNodes: number
  #records: readonly PeerRecord[] = []
  #nodes: readonly PongNode[] = []

  constructor(directory: Pick<PeerDirectory, 'tellable'>, maxNodes: number) {
    this.#directory = directory
    this.#maxNodes = maxNodes
  }

  /** The same array while nothing has changed: each new one is a signature for us and a verification for every peer. */
  nodes(): readonly PongNode[] {
    const records = this.#directory.tellable(this.#maxNodes)
    if (records === this.#records) return this.#nodes
    this.#records = records
    const nodes = records.map(pongNode)
    if (!isDeepStrictEqual(nodes, this.#nodes)) this.#nodes = nodes
    return this.#nodes
  }
}

const pongNode = ({ peerId, addresses }: PeerRecord): PongNode => ({
  nodeId: peerId,
  multiAddr: addresses.slice(0, MAX_ADDRESSES).map(({ address }) => address)
})
