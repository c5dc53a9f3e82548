import type { SpRegistry, SpRegistryChange } from '../../chain/index.js'
import type { PeerIdString } from '../../domain/brands.js'
import { inService } from '../../domain/registry.js'
import type { PeerDirectory } from '../../peers/index.js'
import type { AccessList } from '../../trust/access-list.js'
import { ListChanges, listed, type NodeChanges } from './list-changes.js'

export interface DeparturesInit {
  readonly registry: SpRegistry
  readonly directory: Pick<PeerDirectory, 'get' | 'list'>
  readonly accessList: AccessList
  /** Ends the connections to a node, and a dial of it. */
  readonly hangUp: (peerId: PeerIdString) => void
}

/** Nodes that the list no longer allows: noted as it changes, hung up on once the directory knows the new list too. */
export class Departures {
  readonly #init: DeparturesInit
  readonly #list = new ListChanges()
  #pending: NodeChanges[] = []

  constructor(init: DeparturesInit) {
    this.#init = init
  }

  start(): void {
    this.#list.reset(listed(this.#init.registry) ?? [])
  }

  stop(): void {
    this.#pending = []
    this.#init.accessList.clear()
  }

  /** @returns nodes to dial now, whatever their back-off says */
  note(change: SpRegistryChange): readonly PeerIdString[] {
    const { accessList, directory } = this.#init
    const changes = this.#list.change(change, () => directory.list())
    for (const { operatorAddress, nodes } of [...change.added, ...change.changed].filter(inService)) {
      accessList.back(
        operatorAddress,
        nodes.map(({ peerId }) => peerId)
      )
    }
    this.#pending.push(changes)
    return changes.news
  }

  /** Hangs up on those nodes, except where another SP names them. */
  depart(): void {
    const { accessList, directory, hangUp } = this.#init
    for (const { left, suspended } of this.#pending.splice(0)) {
      for (const [peerId, sp] of left) {
        if (directory.get(peerId)?.tied === true && !accessList.isBarred(peerId)) continue
        accessList.left(peerId, sp)
        hangUp(peerId)
      }
      for (const peerId of suspended) if (accessList.isBarred(peerId)) hangUp(peerId)
    }
  }
}
