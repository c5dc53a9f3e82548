import type { SpEntry } from '../src/index.js'
import type { Arm } from './arms.js'
import { type BenchProcess, benchProcess } from './process.js'
import type { CommandSets } from './process-main.js'
import { connected, type Settling } from './settle.js'

export type Nodes = BenchProcess<CommandSets['nodes']>

/** SPs of one node each, in several processes. */
export interface Field {
  readonly processes: readonly Nodes[]
  readonly settling: readonly Settling[]
}

/** A node by the position of its process and its own in it. */
export interface Place {
  readonly process: number
  readonly index: number
}

interface Member extends Place {
  readonly entry: SpEntry
}

/** Nodes that join at a time: many that dial each other at once on few cores run into each other's time-outs. */
const JOIN_AT_ONCE = 8

/** What has to be closed at the end of a bench, also after a failure in the middle of a start. */
export class Closers {
  readonly #closers: (() => Promise<unknown>)[] = []

  add<T extends { close(): Promise<unknown> }>(closable: T): T {
    this.#closers.push(() => closable.close())
    return closable
  }

  async close(): Promise<void> {
    await Promise.all(this.#closers.map(close => close()))
  }
}

/**
 * Starts `counts[p]` nodes in process p and connects each with every other.
 *
 * @param apart pairs that do not have each other on their SP lists; asked in both orders
 */
export async function openField(
  arm: Arm,
  counts: readonly number[],
  closers: Closers,
  apart: (one: Place, other: Place) => boolean = () => false
): Promise<Field> {
  const started = await Promise.all(counts.map(count => startNodes(arm, count, closers)))
  const processes = started.map(({ process }) => process)
  const members: Member[] = started.flatMap(({ entries }, process) =>
    entries.map((entry, index) => ({ process, index, entry }))
  )
  const othersOf = (one: Member, present: readonly Member[]): Member[] =>
    present.filter(other => other !== one && !apart(one, other) && !apart(other, one))
  const settlingOf = (present: readonly Member[]): Settling[] =>
    processes.map((process, position) => ({
      process,
      connections: present.filter(one => one.process === position).map(one => othersOf(one, present).length)
    }))

  for (let count = JOIN_AT_ONCE; count < members.length + JOIN_AT_ONCE; count += JOIN_AT_ONCE) {
    const present = members.slice(0, count)
    const lists = present.map(one => {
      const known = [one, ...othersOf(one, present)].map(({ entry }) => entry)
      return processes[one.process]?.call('list', one.index, known)
    })
    await Promise.all(lists)
    await connected(settlingOf(present))
  }
  return { processes, settling: settlingOf(members) }
}

async function startNodes(arm: Arm, count: number, closers: Closers) {
  const process = closers.add(await benchProcess('nodes', arm))
  return { process, entries: await process.call('start', count) }
}
