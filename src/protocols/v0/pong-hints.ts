import { hash } from 'node:crypto'
import { parsePeerId } from '../../codec/peer-id.js'
import type { PeerIdString } from '../../domain/brands.js'
import type { PongNode } from '../../domain/task.js'
import { BoundedMap } from '../../kit/bounded-map.js'
import type { Clock } from '../../kit/clock.js'
import { doubleBurst, RateLimit } from '../../kit/rate-limit.js'
import type { HintedNode } from '../../peers/index.js'
import { usableAddresses } from '../addresses/usable.js'

/** Pongs of one peer that are looked into, in a second. */
const PONG_RATE = doubleBurst(0.5)
/** Addresses taken of a node. */
const MAX_ADDRESSES = 4
/** The longest peer id in use, an inlined ed25519 key as a CID, has 62 characters. */
const MAX_ID_TEXT = 128
/** A node already told of at the same addresses is skipped for a minute: parsing its peer id costs as much as a signature. */
const REMEMBERED = 2_048
const REMEMBERED_MS = 60_000

export interface PongHintsInit {
  readonly maxNodes: number
  readonly allowPrivate: boolean
  readonly clock: Clock
}

/** Reads the nodes told in pongs and keeps those with a dialable address. */
export class PongHints {
  readonly #init: PongHintsInit
  readonly #rate: RateLimit
  readonly #told = new BoundedMap<string, number>(REMEMBERED)

  constructor(init: PongHintsInit) {
    this.#init = init
    this.#rate = new RateLimit(init.clock)
  }

  /** The usable ones among at most `maxNodes` of the nodes; which ones, if there are more, is chance. */
  read(from: PeerIdString, nodes: readonly PongNode[]): readonly HintedNode[] {
    if (nodes.length === 0 || !this.#rate.take(from, PONG_RATE)) return []
    const { maxNodes, clock } = this.#init
    const first = nodes.length > maxNodes ? Math.floor(Math.random() * nodes.length) : 0
    const now = clock.monotonic()
    const hints: HintedNode[] = []
    for (let index = 0; index < Math.min(maxNodes, nodes.length); index++) {
      const node = nodes[(first + index) % nodes.length]
      const hint = node === undefined ? undefined : this.#hint(node, now)
      if (hint !== undefined) hints.push(hint)
    }
    return hints
  }

  #hint({ nodeId, multiAddr }: PongNode, now: number): HintedNode | undefined {
    if (nodeId.length > MAX_ID_TEXT) return undefined
    const name = nameOf(nodeId, multiAddr.slice(0, MAX_ADDRESSES))
    const before = this.#told.get(name)
    if (before !== undefined && now - before < REMEMBERED_MS) return undefined
    this.#told.set(name, now)
    const addresses = usableAddresses(multiAddr, { allowPrivate: this.#init.allowPrivate, max: MAX_ADDRESSES })
    const peerId = addresses.length === 0 ? undefined : parsePeerId(nodeId)
    return peerId === undefined ? undefined : { peerId, addresses }
  }
}

/** Go tells addresses in another order each time. */
const nameOf = (nodeId: string, addresses: readonly string[]): string =>
  hash('sha256', [nodeId, ...addresses.toSorted()].join('\n'), 'base64')
