/**
 * Where SPs and heights come from. A *chain connector* provides both, polls on its own, and answers from memory;
 * one conformance suite (test/chain/conformance.ts) runs against every connector.
 */
import type { Alarms } from '../alarms.js'
import type { Height, PeerIdString, SpAddress } from '../domain/brands.js'
import type { SpEntry } from '../domain/registry.js'

export interface SpRegistryChange {
  readonly added: readonly SpEntry[]
  readonly changed: readonly SpEntry[]
  readonly removed: readonly SpEntry[]
}

export interface SpRegistry {
  /**
   * Every SP of the last good list, whatever its status.
   * @throws ChainUnavailableError when there is none or it is past its age limit
   */
  list(): readonly SpEntry[]
  /** One SP of the last good list. @throws as {@link list} */
  get(sp: SpAddress): SpEntry | undefined
  /** Calls the listener after each change of the list; returns how to stop that. Listeners must not throw. */
  onChange(listener: (change: SpRegistryChange) => void): () => void
}

export interface HeightSource {
  /** The current height. @throws ChainUnavailableError when none is trustworthy */
  height(): Height
}

/** State of a connector, for health, metrics and `doctor`. */
export interface ChainStatus {
  readonly name: string
  /** Ages in ms; `undefined` before the first good reading. */
  readonly heightAgeMs: number | undefined
  readonly listAgeMs: number | undefined
  readonly height: Height | undefined
  readonly sps: number
  /** Set while a reading is refused or held back, and what to do about it. */
  readonly alarm: string | undefined
}

/** A node of ours, as it tells a source of itself. */
export interface AnnouncedNode {
  readonly peerId: PeerIdString
  /** Multiaddrs without `/p2p/…`. */
  readonly addresses: readonly string[]
  /** Signs with the node's own key, as libp2p does: nobody else can name its peer id then. */
  readonly prove?: ((message: Uint8Array) => Promise<Uint8Array>) | undefined
}

export interface ChainConnector {
  readonly name: string
  readonly registry: SpRegistry
  readonly heights: HeightSource
  /** Where it raises its alarms; a module raises its own there too. */
  readonly alarms?: Alarms
  /** Resolves after the first reading was tried; a source that is down does not fail the start. */
  start(): Promise<void>
  stop(): Promise<void>
  status(): ChainStatus
  /** Tells the source about our node, for sources that list nodes themselves (coordinator). Called after listening. */
  announce?(node: AnnouncedNode): Promise<void>
  /**
   * Reads its source now; a failure is an alarm, as at any poll. `asIs`: an operator says that the source is complete, so
   * a file is taken that has just been written.
   */
  refresh?(options?: { readonly asIs?: boolean }): Promise<void>
  /** The operator accepts the list that is held back. */
  confirmList?(): void
  /** The operator accepts the next height, whatever it is. */
  resetHeight?(): void
}
