import type { WireVersion } from '../../domain/ask-identity.js'
import type { PeerIdString } from '../../domain/brands.js'
import type { ReplicatePieceApprovalTask } from '../../domain/task.js'
import type { Ask, Conversation, ReplyListener, Wire } from '../wire.js'

/** Oldest first: it is the one used towards nodes that are not known to speak a newer one. */
export type Wires = readonly [oldest: Wire, ...newer: Wire[]]

/** The conversations of one ask: one on each wire that a node it goes to speaks, opened when it is first needed. */
export class AskWires {
  readonly #oldest: Wire
  readonly #newer: readonly Wire[]
  readonly #ask: Ask
  readonly #listener: ReplyListener
  readonly #signal: AbortSignal
  readonly #opening = new Map<Wire, Promise<Conversation>>()
  readonly #open = new Map<WireVersion, Conversation>()

  /** @param signal ends all conversations */
  constructor([oldest, ...newer]: Wires, ask: Ask, listener: ReplyListener, signal: AbortSignal) {
    this.#oldest = oldest
    this.#newer = newer
    this.#ask = ask
    this.#listener = listener
    this.#signal = signal
  }

  /** Signs the ask for the wires that these nodes speak; a task that cannot be asked for fails also where nobody is. @throws BadTaskError, SignError */
  async open(peers: Iterable<PeerIdString>): Promise<void> {
    const wires = new Set<Wire>()
    for (const peerId of peers) wires.add(this.#wireTo(peerId))
    if (wires.size === 0) wires.add(this.#oldest)
    await Promise.all([...wires].map(wire => this.#conversation(wire)))
  }

  /** Resolves when the ask was handed to the node's connection. */
  send(peerId: PeerIdString, options?: Parameters<Conversation['send']>[1]): Promise<void> {
    const wire = this.#wireTo(peerId)
    const open = this.#open.get(wire.version)
    return open?.send(peerId, options) ?? this.#conversation(wire).then(opened => opened.send(peerId, options))
  }

  /** The task as it was signed for the wire; without one, for the first that was opened. */
  task(version?: WireVersion): ReplicatePieceApprovalTask {
    const [first] = this.#open.values()
    return (version === undefined ? first : this.#open.get(version))?.task ?? this.#ask.task
  }

  #wireTo(peerId: PeerIdString): Wire {
    return this.#newer.findLast(wire => wire.speaks(peerId)) ?? this.#oldest
  }

  #conversation(wire: Wire): Promise<Conversation> {
    const opening =
      this.#opening.get(wire) ??
      wire.open(this.#ask, this.#listener, { signal: this.#signal }).then(conversation => {
        this.#open.set(wire.version, conversation)
        return conversation
      })
    this.#opening.set(wire, opening)
    return opening
  }
}
