import type { PeerIdString, SpAddress } from '../../src/domain/brands.js'
import type { Node } from '../../src/domain/node.js'
import { DEFAULT_PEER_LIMITS, type PeerLimits } from '../../src/domain/peer-limits.js'
import type { SpEntry, SpStatus } from '../../src/domain/registry.js'
import { PeerBook } from '../../src/peers/book.js'
import type { PeerRecord } from '../../src/peers/index.js'
import { type BookContents, type BookRecord, bookRecord } from '../../src/store/book.js'
import { type FakeClock, fakeClock } from '../../src/testing/fake-clock.js'
import { ListTrust } from '../../src/trust/list-trust.js'

export const sp = (name: string): SpAddress => `sp-${name}` as SpAddress
export const peer = (name: string | number): PeerIdString => `peer-${name}` as PeerIdString
export const [SELF, A, B, C] = [sp('self'), sp('a'), sp('b'), sp('c')]
export const [P, Q, R] = [peer('p'), peer('q'), peer('r')]
export const at = (host: string): string => `/dns4/${host}.example/tcp/1`
export const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index))

/** An entry of the list; each node is named with an address of its own. */
export const entry = (operatorAddress: SpAddress, ...peers: PeerIdString[]): SpEntry =>
  entryWith(
    operatorAddress,
    peers.map(peerId => [peerId, at(peerId)])
  )

export const entryWith = (
  operatorAddress: SpAddress,
  nodes: readonly (readonly [PeerIdString, ...string[]])[],
  status: SpStatus = 'IN_SERVICE'
): SpEntry => ({
  operatorAddress,
  approvalAddress: '',
  endpoint: '',
  status,
  nodes: nodes.map(([peerId, ...addresses]) => ({ peerId, addresses }))
})

export interface TestBookInit {
  readonly bootstrap?: readonly (readonly [PeerIdString, string])[]
  readonly pins?: readonly (readonly [SpAddress, PeerIdString])[]
  readonly limits?: Partial<PeerLimits>
  readonly selfPeerId?: () => PeerIdString | undefined
  readonly restored?: BookContents
}

export interface TestBook {
  readonly book: PeerBook
  readonly connected: Set<PeerIdString>
  readonly clock: FakeClock
  /** `added peer-p`, `pruned peer-q zombie` … */
  readonly events: string[]
  /** Who was pruned, as it was then. */
  readonly gone: { readonly record: PeerRecord; readonly why: string }[]
  /** What would be on disk. */
  readonly disk: Map<PeerIdString, BookRecord>
  /** A dial of ours that it answered. */
  dialled(peerId: PeerIdString, address?: string): void
  /** Interactions that failed, each in a period of its own in which somebody else answered. */
  fails(peerId: PeerIdString, count: number): void
  contents(): BookContents
}

export function testBook(init: TestBookInit = {}): TestBook {
  const connected = new Set<PeerIdString>()
  const clock = fakeClock()
  const events: string[] = []
  const gone: TestBook['gone'] = []
  const disk = new Map(init.restored?.nodes.map((node): [PeerIdString, BookRecord] => [node.peerId, node]))
  const book = new PeerBook({
    self: { sp: SELF, ...(init.selfPeerId && { peerId: init.selfPeerId }) },
    bootstrap: (init.bootstrap ?? []).map(([peerId, address]) => ({ peerId, address })),
    trust: new ListTrust({
      mode: 'auto',
      pins: new Map((init.pins ?? []).map(([of, peerId]) => [of, new Set([peerId])]))
    }),
    limits: { ...DEFAULT_PEER_LIMITS, ...init.limits },
    isConnected: peerId => connected.has(peerId),
    clock,
    events: {
      added: ({ peerId }) => events.push(`added ${peerId}`),
      failed: ({ peerId }) => events.push(`failed ${peerId}`),
      recovered: ({ peerId }) => events.push(`recovered ${peerId}`),
      pruned: (record, why) => {
        gone.push({ record, why })
        events.push(`pruned ${record.peerId} ${why}`)
      }
    },
    keep: (node: Node, kept: boolean) => {
      if (kept) disk.set(node.peerId, bookRecord(node))
      else disk.delete(node.peerId)
    }
  })
  if (init.restored !== undefined) book.restore(init.restored)
  const witness = peer('witness')
  return {
    book,
    connected,
    clock,
    events,
    gone,
    disk,
    dialled: (peerId, address = at(peerId)) => book.contacted(peerId, { ok: true, dialled: address }),
    fails: (peerId, count) => {
      book.add(witness, at('witness'))
      for (let time = -1; time < count; time++) {
        book.contacted(witness, { ok: true })
        if (time >= 0) book.contacted(peerId, { ok: false, error: 'refused' })
        book.settle()
      }
      book.remove(witness)
      events.splice(0, events.length, ...events.filter(event => !event.includes(witness)))
    },
    contents: () => ({ nodes: [...disk.values()], blocked: [] })
  }
}
