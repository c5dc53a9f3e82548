import { ConfigError } from '../errors.js'

/** One or more things wrong with a configuration, each a line of its own. */
export class InvalidConfigError extends ConfigError {
  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'))
  }
}

/** Where a value came from. */
export interface Source {
  readonly from: 'default' | 'file' | 'env' | 'flag'
  /** As people read it: `default`, `config.toml`, `SP_APPROVAL__…`, `--listen`. */
  readonly name: string
}

/** `[Section] Key`, as it stands in a file. */
export const keyText = (section: string, name: string): string => (section === '' ? name : `[${section}] ${name}`)

/** How an error line begins: the file and its key, the variable or the flag. */
export const placeText = (source: Source, section: string, name: string): string =>
  source.from === 'file' || source.from === 'default' ? `${source.name}: ${keyText(section, name)}` : source.name
