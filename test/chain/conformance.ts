/** What every chain connector must do. */
import { heightRules } from './height-rules.js'
import { listRules } from './list-rules.js'
import { type MakeWorld, rulesOf } from './world.js'

export { BLOCK_MS, type MakeWorld, type World } from './world.js'

export function conformance(name: string, makeWorld: MakeWorld): void {
  const test = rulesOf(name, makeWorld)
  listRules(test)
  heightRules(test)
}
