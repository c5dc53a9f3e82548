/**
 * The configuration: one TOML file, environment variables and flags, checked against the table in `keys.ts`.
 *
 * ```ts
 * const config = loadConfig({ file: 'config.toml', env: process.env, flags: { 'Api.HTTPAddress': '127.0.0.1:0' } })
 * const module = await createP2PModule(await moduleOptionsFrom(config))
 * ```
 * `moduleOptionsFrom` stands in `module-options.ts`: it needs the whole library, which a command that only talks to a
 * daemon need not load.
 */

export { closest } from '../domain/closest-word.js'
export { type ChainMode, chainMode, networkOf } from './chain-mode.js'
export { chainPlace } from './chain-sources.js'
export { type DumpedKey, dumpConfig, dumpToml, maskedConfig } from './dump.js'
export { flagsOf } from './flags.js'
export { ENTRIES, type KeyEntry, type KeyPath, type Settings } from './keys.js'
export { type EffectiveConfig, type LoadOptions, loadConfig } from './load.js'
export { InvalidConfigError, type Source } from './problems.js'
export { readSecretFile } from './read-file.js'
