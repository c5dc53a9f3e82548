import { createKey } from '../../../src/index.js'
import { atMost, exactly, type Figure } from '../harness/figures.js'
import { replaceNodes } from '../harness/join.js'
import { createNetwork, createSps, secondsUntil } from '../harness/network.js'
import type { NodeInfo, NodeSpec, PeerLine } from '../harness/nodes.js'
import type { Row, RowContext } from '../harness/row.js'
import type { Worker } from '../harness/worker.js'

/** What the list says holds for every node within this time. */
const LIST_SECONDS = 5
/** A node that is somewhere else is found again within this time. */
const FOUND_SECONDS = 30

/** SPs come, go and are jailed, nodes move: every node of a network that stays follows. */
export const world: Row = {
  name: 'world',
  shows: 'SPs that are added, jailed and removed, and nodes that move, are followed at run time',
  run
}

async function run({ short, say, scope }: RowContext): Promise<Figure[]> {
  const watching = short ? 2 : 10
  const network = await createNetwork(scope)
  const { coordinator } = network
  const watchers = await scope.nodes('watchers')
  const subjects = await scope.nodes('subjects')
  const [subject, other, ...others] = createSps(watching + 2)
  if (subject === undefined || other === undefined) throw new RangeError('expected SPs')
  // Nodes are judged once a period; the short form has none of fifteen seconds.
  const common = { chain: network.chain(), pingPeriodMs: short ? 1_000 : 15_000 }
  const nodes = await watchers.call(
    'start',
    others.map(({ operatorKey }, index) => ({ ...common, id: `sp${index}`, operatorKey }))
  )
  const bootstrap = nodes.slice(0, 1).map(info => info.bootstrap)
  const ids = nodes.map(({ id }) => id)
  const spec = (id: string, operatorKey: Uint8Array): NodeSpec => ({
    ...common,
    id,
    operatorKey,
    bootstrap
  })
  const figures: Figure[] = []
  /** @param change what it is measured from the beginning of */
  const within = async (
    name: string,
    limit: number,
    done: () => Promise<boolean>,
    change: () => Promise<unknown> = async () => undefined
  ): Promise<void> => {
    const begun = performance.now()
    await change()
    const changed = (performance.now() - begun) / 1_000
    const waited = await secondsUntil(2 * limit * 1_000, done)
    const seconds = waited === undefined ? undefined : waited + changed
    say(`${name}: ${seconds === undefined ? 'never' : `${seconds.toFixed(1)} s`}`)
    figures.push(atMost(`${name}, after`, 's', seconds ?? Number.POSITIVE_INFINITY, limit))
  }
  const view = new View(watchers, ids)

  await subjects.call('start', [spec('stays', other.operatorKey)])
  const [first] = await start(subjects, spec('first', subject.operatorKey))
  await within('an SP is added: every node is connected to it', LIST_SECONDS, () =>
    view.all(view.reaches(subject.address))
  )

  await coordinator.setStatus(subject.address, 'IN_JAILED')
  await within('it is jailed: no node is connected to it', LIST_SECONDS, () => view.none(view.connected(first.peerId)))
  figures.push(
    exactly(
      'it is jailed: approvals of it that an ask counts',
      '',
      await approvalsOf(watchers, ids, subject.address),
      0
    )
  )
  await coordinator.setStatus(subject.address, 'IN_SERVICE')
  await within('it is in service again: every node is connected to it', LIST_SECONDS, () =>
    view.all(view.reaches(subject.address))
  )

  await subjects.call('stop', ['first'])
  const nodeKey = createKey()
  const [second] = await start(subjects, { ...spec('second', subject.operatorKey), port: first.port, nodeKey })
  await within('another peer id at its address: found', FOUND_SECONDS, () => view.all(view.connected(second.peerId)))
  await subjects.call('stop', ['second'])
  const [third] = await start(subjects, { ...spec('third', subject.operatorKey), nodeKey })
  await within('the same peer id at another address: found', FOUND_SECONDS, () =>
    view.all(view.connected(third.peerId))
  )

  await subjects.call('stop', ['third'])
  const fresh: NodeInfo[] = []
  await within(
    'it replaces all its nodes: a new one is connected',
    FOUND_SECONDS,
    () => view.all(view.anyConnected(fresh.map(({ peerId }) => peerId))),
    async () => {
      const specs = ['new-a', 'new-b'].map(id => spec(id, subject.operatorKey))
      fresh.push(...(await subjects.call('start', specs)))
      await replaceNodes(network, subject.operatorKey, fresh)
    }
  )
  await within('it replaces all its nodes: no old one is thought well of', FOUND_SECONDS, () =>
    view.none(view.trusts([first.peerId, second.peerId, third.peerId]))
  )

  // The node goes over to another SP: its old one lets go of it, the new one signs for it.
  const [moving] = await start(subjects, { ...spec('moving', subject.operatorKey), nodeKey: createKey() })
  await within("a further node: known as its SP's", FOUND_SECONDS, () =>
    view.all(view.belongs(moving.peerId, subject.address))
  )
  await subjects.call('leave', ['moving'])
  const [moved] = await start(subjects, {
    ...spec('moved', other.operatorKey),
    port: moving.port,
    nodeKey: moving.nodeKey
  })
  await within("it moves to another SP: known as that one's", LIST_SECONDS, () =>
    view.all(view.belongs(moved.peerId, other.address))
  )

  await coordinator.remove(subject.address)
  await within('the SP is removed: no node is connected to it', LIST_SECONDS, () =>
    view.none(view.anyConnected(fresh.map(({ peerId }) => peerId)))
  )
  figures.push(
    exactly(
      'it is removed: approvals of it that an ask counts',
      '',
      await approvalsOf(watchers, ids, subject.address),
      0
    )
  )
  return figures
}

/** Starts one node with a node key that is kept. */
async function start(worker: Worker, spec: NodeSpec): Promise<readonly [NodeInfo & { readonly nodeKey: Uint8Array }]> {
  const nodeKey = spec.nodeKey ?? createKey()
  const [info] = await worker.call('start', [{ ...spec, nodeKey }])
  if (info === undefined) throw new Error(`expected ${spec.id} to start`)
  return [{ ...info, nodeKey }]
}

/** How many approvals of an SP an ask of everybody brings. */
async function approvalsOf(watchers: Worker, ids: readonly string[], sp: string): Promise<number> {
  const [asker] = ids
  if (asker === undefined) throw new RangeError('expected a watcher')
  // More than there are: it takes all there is within its time.
  const { sps } = await watchers.call('ask', asker, { min: 1, max: 64, timeoutMs: 1_000 })
  return sps.filter(approver => approver === sp).length
}

type Sees = (id: string) => Promise<boolean>

/** What the nodes of one worker see of others. */
class View {
  readonly #worker: Worker
  readonly #ids: readonly string[]

  constructor(worker: Worker, ids: readonly string[]) {
    this.#worker = worker
    this.#ids = ids
  }

  async all(sees: Sees): Promise<boolean> {
    return (await Promise.all(this.#ids.map(sees))).every(seen => seen)
  }

  async none(sees: Sees): Promise<boolean> {
    return (await Promise.all(this.#ids.map(sees))).every(seen => !seen)
  }

  reaches(sp: string): Sees {
    return async id => (await this.#worker.call('reachable', id)).includes(sp)
  }

  connected(peerId: string): Sees {
    return this.#knows(peer => peer.peerId === peerId && peer.connected)
  }

  anyConnected(peerIds: readonly string[]): Sees {
    return this.#knows(peer => peerIds.includes(peer.peerId) && peer.connected)
  }

  /** Stands as well and known. */
  trusts(peerIds: readonly string[]): Sees {
    return this.#knows(peer => peerIds.includes(peer.peerId) && peer.state === 'verified')
  }

  belongs(peerId: string, sp: string): Sees {
    return this.#knows(peer => peer.peerId === peerId && peer.sp === sp)
  }

  #knows(fits: (peer: PeerLine) => boolean): Sees {
    return async id => (await this.#worker.call('peers', id)).some(fits)
  }
}
