import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createKey, operatorAddressOf, type SpAddress, type SpEntry } from '../../../src/index.js'
import type { GranterReport } from '../../integration/granter-process.js'
import { endChild, forkScript } from '../../support/child.js'

/** An SP in a process of its own that can be killed, and what others hold of its promises. */
export class Granter {
  readonly address: SpAddress
  readonly #key = createKey()
  readonly #dir: string
  /** Object id → signature: what must never be lost. */
  readonly #acknowledged = new Map<string, string>()
  #child: ChildProcess | undefined

  /** @param dir of its store; made when it starts for the first time */
  constructor(dir: string) {
    this.address = operatorAddressOf(this.#key)
    this.#dir = dir
  }

  get acknowledged(): number {
    return this.#acknowledged.size
  }

  acknowledge(objectId: string, signature: Uint8Array): void {
    this.#acknowledged.set(objectId, Buffer.from(signature).toString('hex'))
  }

  /** Starts on its folder. `lost`: acknowledged promises that are not there, or with another signature. */
  async start(): Promise<Started> {
    this.#child = forkScript(
      new URL('../../integration/granter-process.js', import.meta.url),
      [this.#dir, Buffer.from(this.#key).toString('hex')],
      // None lives long enough to be optimized.
      { execArgv: ['--no-opt'] }
    )
    const [{ entry, grants, store }] = (await once(this.#child, 'message')) as [GranterReport]
    const held = new Map(grants.map(grant => [grant.objectId, grant.answer]))
    const lost = [...this.#acknowledged].filter(([id, signature]) => held.get(id)?.includes(signature) !== true)
    return { entry, lost: lost.length, ready: store === 'ready' }
  }

  /** The list it goes by from now on. */
  tell(entries: readonly SpEntry[]): void {
    this.#child?.send(entries)
  }

  /** `kill -9`; resolves once it is gone. */
  async kill(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (child !== undefined) await endChild(child)
  }
}

export interface Started {
  readonly entry: SpEntry
  readonly lost: number
  /** Its store says that it may grant. */
  readonly ready: boolean
}
