import { ENTRIES } from './keys.js'
import type { Flags } from './load.js'

/** `--join-token-file` → `joinTokenFile`, as a command's parser names the option. */
const optionName = (flag: string): string =>
  flag.slice(2).replace(/-(.)/g, (_hyphen, letter: string) => letter.toUpperCase())

/** The options of a command as flags by key, without options that belong to no key or were not given. */
export function flagsOf(options: object): Flags {
  const given = new Map(Object.entries(options).filter(([, value]) => value !== undefined))
  const named = ENTRIES.flatMap(({ path, key }) =>
    key.flag === undefined ? [] : [[path, optionName(key.flag)] as const]
  )
  return Object.fromEntries(named.filter(([, name]) => given.has(name)).map(([path, name]) => [path, given.get(name)]))
}
