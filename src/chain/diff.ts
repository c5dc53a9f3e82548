import { isDeepStrictEqual } from 'node:util'
import type { SpEntry } from '../domain/registry.js'
import type { SpRegistryChange } from './index.js'

/** The changes from one list to the next; `undefined` when there are none. */
export function diffLists(before: readonly SpEntry[], after: readonly SpEntry[]): SpRegistryChange | undefined {
  const old = new Map(before.map(entry => [entry.operatorAddress, entry]))
  const added: SpEntry[] = []
  const changed: SpEntry[] = []
  for (const entry of after) {
    const known = old.get(entry.operatorAddress)
    if (known === undefined) added.push(entry)
    else if (known !== entry && !isDeepStrictEqual(known, entry)) changed.push(entry)
    old.delete(entry.operatorAddress)
  }
  const removed = [...old.values()]
  return added.length + changed.length + removed.length === 0 ? undefined : { added, changed, removed }
}
