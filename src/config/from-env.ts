/** Values from the environment: `SP_APPROVAL__SECTION__KEY`, and `P2P_PRIVATE_KEY` as in the Go provider. */

import { closest } from '../domain/closest-word.js'
import { ENTRIES } from './keys.js'

export type Environment = Readonly<Record<string, string | undefined>>

const PREFIX = 'SP_APPROVAL__'

export interface EnvValue {
  readonly variable: string
  readonly raw: unknown
}

export function valuesOfEnv(env: Environment): { values: ReadonlyMap<string, EnvValue>; problems: readonly string[] } {
  const values = new Map<string, EnvValue>()
  for (const { path, env: name, key } of ENTRIES) {
    const variable = [name, ...(key.env === undefined ? [] : [key.env])].find(each => (env[each] ?? '') !== '')
    if (variable !== undefined) values.set(path, { variable, raw: key.kind.fromText(env[variable]?.trim() ?? '') })
  }
  const known = ENTRIES.map(entry => entry.env)
  const problems = Object.keys(env)
    .filter(name => name.startsWith(PREFIX) && !known.includes(name))
    .map(name => {
      const meant = closest(name, known)
      return `${name}: expected a known key, got an unknown one${meant === undefined ? '' : `, did you mean ${meant}?`}`
    })
  return { values, problems }
}
