/** Whether the static SP list lets this node work: a start takes one that does not, and then nothing is asked or granted. */
import {
  type ChainConnector,
  ChainUnavailableError,
  parsePeerId,
  peerIdOf,
  requireSpAddress,
  unheard
} from '../index.js'
import type { Keys } from './module-options.js'

/**
 * One line for each fault.
 *
 * @param chain started
 * @param keys undefined before the first start, which makes them
 */
export function listFaults(chain: ChainConnector, keys: Keys | undefined): readonly string[] {
  const { alarm, height } = chain.status()
  if (height === undefined) return [`expected a height, got none: ${alarm}`]
  const entries = entriesOf(chain)
  if (entries.length === 0) return ['expected a list with this SP on it, got an empty one']
  const peerId = keys && parsePeerId(peerIdOf(keys.node))
  if (keys === undefined || peerId === undefined) return []
  const sp = requireSpAddress('operator', keys.operatorAddress)
  const entry = entries.find(({ operatorAddress }) => operatorAddress === sp)
  // A jail is no mistake of the configuration.
  const refused = entry === undefined || entry.status === 'IN_SERVICE' ? unheard(sp, peerId, entry) : undefined
  return refused === undefined ? [] : [`expected this node on the list, got one by which ${refused}`]
}

/** None while no list is trusted, e.g. since it is empty. */
function entriesOf(chain: ChainConnector): ReturnType<ChainConnector['registry']['list']> {
  try {
    return chain.registry.list()
  } catch (error) {
    if (error instanceof ChainUnavailableError) return []
    throw error
  }
}
