import {
  type ChainConnector,
  ChainUnavailableError,
  type Height,
  NotFoundError,
  type PeerIdString,
  type SpAddress,
  type SpEntry,
  type SpRegistryChange,
  type SpStatus
} from '../index.js'

/** A chain in memory that all SPs of a test network share: a list that changes at once, a height that stands. */
export interface TestChain {
  height: bigint
  /** Asks and grants fail closed while it is down. */
  down: boolean
  readonly entries: ReadonlyMap<SpAddress, SpEntry>
  put(entry: SpEntry): void
  setStatus(sp: SpAddress, status: SpStatus): void
  remove(sp: SpAddress): void
  /** The connector of one SP. With `namePeers` its announced nodes go into the list. */
  connector(sp: SpAddress, options: { readonly namePeers: boolean }): ChainConnector
}

export function testChain(height = 1_000n): TestChain {
  const entries = new Map<SpAddress, SpEntry>()
  const listeners = new Set<(change: SpRegistryChange) => void>()
  const tell = (change: Partial<SpRegistryChange>): void => {
    for (const listener of listeners) listener({ added: [], changed: [], removed: [], ...change })
  }
  const entryOf = (sp: SpAddress): SpEntry => {
    const entry = entries.get(sp)
    if (entry === undefined) throw new NotFoundError('SP', sp)
    return entry
  }

  const chain: TestChain = {
    height,
    down: false,
    entries,
    put(entry) {
      const known = entries.has(entry.operatorAddress)
      entries.set(entry.operatorAddress, entry)
      tell(known ? { changed: [entry] } : { added: [entry] })
    },
    setStatus: (sp, status) => chain.put({ ...entryOf(sp), status }),
    remove(sp) {
      const entry = entryOf(sp)
      entries.delete(sp)
      tell({ removed: [entry] })
    },
    connector: (sp, { namePeers }) => {
      const own = new Set<(change: SpRegistryChange) => void>()
      const up = <T>(value: T): T => {
        if (chain.down) throw new ChainUnavailableError('test chain: it is down')
        return value
      }
      return {
        name: 'test',
        registry: {
          list: () => up([...entries.values()]),
          get: address => up(entries.get(address)),
          onChange: listener => {
            own.add(listener)
            listeners.add(listener)
            return () => {
              own.delete(listener)
              listeners.delete(listener)
            }
          }
        },
        heights: { height: () => up(chain.height as Height) },
        async start() {},
        async stop() {
          for (const listener of own) listeners.delete(listener)
          own.clear()
        },
        status: () => ({
          name: 'test',
          heightAgeMs: chain.down ? undefined : 0,
          listAgeMs: chain.down ? undefined : 0,
          height: chain.down ? undefined : (chain.height as Height),
          sps: entries.size,
          alarm: chain.down ? 'it is down' : undefined
        }),
        async announce(node: { readonly peerId: PeerIdString; readonly addresses: readonly string[] }) {
          if (namePeers && entries.has(sp))
            chain.put({ ...entryOf(sp), nodes: [{ peerId: node.peerId, addresses: node.addresses }] })
        }
      }
    }
  }
  return chain
}
