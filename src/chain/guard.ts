/**
 * The part every connector builds on. Sources bring readings; the guard decides by the rules of `domain/` which are
 * accepted, keeps the last good ones up to their age limits, and fails closed. A connector is a source plus a guard.
 */
import { type AlarmKind, Alarms } from '../alarms.js'
import { MAX_HEIGHT_AGE_MS, MAX_LIST_AGE_MS } from '../constants.js'
import type { Height, SpAddress } from '../domain/brands.js'
import { credibleTime, judgeList, type LastList, type SpEntry, type SpList } from '../domain/registry.js'
import { ChainUnavailableError, DecodeError, messageOf } from '../errors.js'
import type { Clock } from '../kit/clock.js'
import { componentLogger, type Logger } from '../logger.js'
import { diffLists } from './diff.js'
import { GuardedHeight, type HeightOptions } from './guarded-height.js'
import type { ChainStatus, HeightSource, SpRegistry, SpRegistryChange } from './index.js'
import { type ChainState, StateFile } from './state-file.js'

export interface GuardInit {
  /** Name of the connector. */
  readonly name: string
  /** What is read, for messages: `providers.toml`, `coordinator http://…`. */
  readonly source: string
  /** What the state file must belong to; default: the name. */
  readonly identity?: string
  readonly clock: Clock
  readonly logger: Logger
  readonly stateFile?: string | undefined
}

/** Alarms of a connector; in its status they stand on one line. */
const CHAIN_ALARMS: readonly AlarmKind[] = ['sp-list', 'height', 'join', 'chain-state']
const KIND_OF = { list: 'sp-list', height: 'height' } as const
type Subject = keyof typeof KIND_OF

export class ChainGuard implements SpRegistry, HeightSource {
  readonly #init: GuardInit
  readonly #clock: Clock
  readonly alarms: Alarms
  readonly #file: StateFile
  readonly #listeners = new Set<(change: SpRegistryChange) => void>()
  /** The last good list, and when it was last confirmed by a reading. */
  #list: (SpList & { readonly bySp: ReadonlyMap<SpAddress, SpEntry> }) | undefined
  #listReadAt = 0
  /** The next list is compared with this: the last good one, or after a start the one in the state file. */
  #lastList: LastList | undefined
  #held: SpList | undefined
  readonly #height: GuardedHeight
  #trouble: { [S in Subject]?: unknown } = {}
  /** Nothing is written before: that would overwrite the state of an earlier run. */
  #opened = false

  constructor(init: GuardInit) {
    this.#init = { ...init, logger: componentLogger(init.logger, 'chain/guard') }
    this.#clock = init.clock
    this.alarms = new Alarms(init.clock, init.logger)
    this.#height = new GuardedHeight(init.source, init.clock, this.alarms)
    this.#file = new StateFile(init.stateFile, init.clock, error => {
      if (error === undefined) this.alarms.clear('chain-state')
      else this.alarms.raise('chain-state', `the state file cannot be written: ${messageOf(error)}`, { cause: 'write' })
    })
  }

  /** Reads the state of an earlier run; once per process. A damaged file is set aside with an alarm. */
  async open(): Promise<void> {
    if (this.#opened) return
    await this.#recall()
    this.#opened = true
  }

  async #recall(): Promise<void> {
    const { source, name } = this.#init
    let state: ChainState | undefined
    try {
      state = await this.#file.load()
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      const aside = await this.#file.setAside()
      const message = `${messageOf(error)}; it is kept as ${aside}, and ${source} is trusted anew`
      this.alarms.raise('chain-state', message, { cause: 'damaged' })
    }
    if (state?.source !== (this.#init.identity ?? name)) return
    this.#height.recall(state)
    if (state.list === undefined) return
    const { sequence, time, sps } = state.list
    this.#lastList = { sequence, time, entries: sps.map(operatorAddress => ({ operatorAddress })) }
  }

  /** Writes what must outlive the process. */
  async flush(): Promise<void> {
    if (this.#opened) await this.#file.save(() => this.#state(), { now: true })
  }

  /** Unix ms of the last good list; `undefined` also where it was taken from a clock that was ahead. */
  get lastListTime(): number | undefined {
    return credibleTime(this.#lastList?.time, this.#clock.now())
  }

  /** Entries of the last good list, whatever its age. */
  get lastEntries(): readonly SpEntry[] {
    return this.#list?.entries ?? []
  }

  get lastSequence(): bigint | undefined {
    return this.#lastList?.sequence
  }

  /** A reading of the list, its entries checked. */
  takeList(list: SpList): void {
    this.#trouble.list = undefined
    if (this.#list !== undefined && list.sequence === this.#list.sequence && sameEntries(this.#list, list)) {
      if (list.time < (credibleTime(this.#list.time, this.#clock.now()) ?? 0)) return
      this.#list = { ...this.#list, time: list.time }
      this.#listTaken(this.#list)
      return
    }
    const verdict = judgeList(this.#lastList, list, this.#clock.now())
    if (verdict.outcome === 'accept') {
      this.#replaceList(list)
      return
    }
    this.#held = list
    // A new network starts with an empty list: no fault.
    const level = list.entries.length === 0 && this.#lastList === undefined ? 'info' : 'warn'
    const way = 'held back; if it is right: confirmList()'
    this.#raise('list', `${this.#init.source}: ${verdict.reason}, ${way}`, verdict.cause, level)
  }

  /** The source still says what the list in force says, or what it says now is wrong: the list does not age. */
  renewList(): void {
    if (this.#list !== undefined) this.#listReadAt = this.#clock.monotonic()
  }

  /** A reading of the height. */
  takeHeight(reading: bigint, options: HeightOptions): void {
    const { refused } = this.#height.take(reading, options)
    if (refused !== undefined) {
      this.#raise('height', refused, 'reject')
      return
    }
    this.#trouble.height = undefined
    this.#keep()
  }

  /** A reading failed, or what was read is not a list or a height. */
  failed(subject: Subject, error: unknown): void {
    this.#trouble[subject] = error
    const message = messageOf(error)
    const named = message.startsWith(this.#init.source)
    this.#raise(subject, named ? message : `${this.#init.source}: ${message}`, 'failed')
  }

  #raise(subject: Subject, text: string, cause: string, level?: 'warn' | 'info'): void {
    const expired =
      subject === 'list'
        ? this.#list !== undefined && this.#clock.monotonic() - this.#listReadAt > MAX_LIST_AGE_MS
        : this.#height.value !== undefined && !this.#height.isTrusted
    const message = expired ? `${text}; the last good one is too old by now: nothing is asked or granted` : text
    const options = { cause: expired ? `${cause}, expired` : cause, ...(level && { level }) }
    this.alarms.raise(KIND_OF[subject], message, options)
  }

  confirmList(): void {
    if (this.#held !== undefined) this.#replaceList(this.#held)
  }

  resetHeight(): void {
    this.#height.reset()
    this.#keep({ now: true })
  }

  list(): readonly SpEntry[] {
    return this.#goodList().entries
  }

  get(sp: SpAddress): SpEntry | undefined {
    return this.#goodList().bySp.get(sp)
  }

  onChange(listener: (change: SpRegistryChange) => void): () => void {
    const entry = (change: SpRegistryChange): void => listener(change)
    this.#listeners.add(entry)
    return () => this.#listeners.delete(entry)
  }

  height(): Height {
    const { value, isTrusted, ageMs } = this.#height
    if (value === undefined || !isTrusted) throw this.#unavailable('height', ageMs)
    return value
  }

  status(): ChainStatus {
    const now = this.#clock.monotonic()
    // List and height often fail for the same reason.
    const texts = new Set(CHAIN_ALARMS.flatMap(kind => this.alarms.messageOf(kind) ?? []))
    return {
      name: this.#init.name,
      heightAgeMs: this.#height.ageMs,
      listAgeMs: this.#list === undefined ? undefined : now - this.#listReadAt,
      height: this.#height.value,
      sps: this.#list?.entries.length ?? 0,
      alarm: texts.size === 0 ? undefined : [...texts].join('; ')
    }
  }

  #goodList(): { readonly entries: readonly SpEntry[]; readonly bySp: ReadonlyMap<SpAddress, SpEntry> } {
    if (this.#list === undefined) throw this.#unavailable('list', undefined)
    const age = this.#clock.monotonic() - this.#listReadAt
    if (age > MAX_LIST_AGE_MS) throw this.#unavailable('list', age)
    return this.#list
  }

  #unavailable(subject: Subject, age: number | undefined): ChainUnavailableError {
    const what = subject === 'list' ? 'SP list' : 'height'
    const limit = subject === 'list' ? MAX_LIST_AGE_MS : MAX_HEIGHT_AGE_MS
    const state =
      age === undefined
        ? `none yet from ${this.#init.source}`
        : `the last one from ${this.#init.source} is ${seconds(age)} old, limit ${seconds(limit)}`
    const why = this.alarms.messageOf(KIND_OF[subject])
    const way = subject === 'list' ? 'confirmList()' : 'resetHeight()'
    return new ChainUnavailableError(`${what}: ${state}${why === undefined ? '' : ` (${why})`}`, {
      hint: `check ${this.#init.source} (diagnose()); a reading that is held back is taken by ${way}`,
      cause: this.#trouble[subject]
    })
  }

  #replaceList(list: SpList): void {
    const change = diffLists(this.#list?.entries ?? [], list.entries)
    this.#list = { ...list, bySp: new Map(list.entries.map(entry => [entry.operatorAddress, entry])) }
    this.#listTaken(list)
    this.#keep({ now: true })
    if (change !== undefined) this.#tell(change)
  }

  #listTaken(list: SpList): void {
    this.#lastList = list
    this.#listReadAt = this.#clock.monotonic()
    this.#held = undefined
    this.alarms.clear('sp-list')
  }

  #tell(change: SpRegistryChange): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(change)
      } catch (error) {
        this.#init.logger.error({ connector: this.#init.name, error: messageOf(error) }, 'a list listener threw')
      }
    }
  }

  #state(): ChainState {
    const list = this.#lastList
    return {
      source: this.#init.identity ?? this.#init.name,
      list:
        list === undefined
          ? undefined
          : { sequence: list.sequence, time: list.time, sps: list.entries.map(entry => entry.operatorAddress) },
      ...this.#height.state
    }
  }

  #keep(options: { readonly now?: boolean } = {}): void {
    if (this.#opened) void this.#file.save(() => this.#state(), options)
  }
}

const seconds = (ms: number): string => `${Math.round(ms / 1_000)} s`

function sameEntries(a: SpList, b: SpList): boolean {
  return (
    a.entries === b.entries || (a.entries.length === b.entries.length && diffLists(a.entries, b.entries) === undefined)
  )
}
