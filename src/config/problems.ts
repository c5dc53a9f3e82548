import { ConfigError } from '../errors.js'

/** One or more things wrong with a configuration, each a line of its own. */
export class InvalidConfigError extends ConfigError {
  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'))
  }
}

/** Where a value came from. */
export type Source =
  | { readonly from: 'default' }
  | { readonly from: 'file'; readonly file: string }
  | { readonly from: 'env'; readonly variable: string }
  | { readonly from: 'flag'; readonly flag: string }

/** The source as people read it: `default`, `config.toml`, `SP_APPROVAL__…`, `--listen`. */
export function sourceText(source: Source): string {
  switch (source.from) {
    case 'default':
      return 'default'
    case 'file':
      return source.file
    case 'env':
      return source.variable
    case 'flag':
      return source.flag
  }
}

/** `[Section] Key`, as it stands in a file. */
export const keyText = (section: string, name: string): string => (section === '' ? name : `[${section}] ${name}`)

/** How an error line begins: the file and its key, the variable or the flag. */
export const placeText = (source: Source, section: string, name: string): string =>
  source.from === 'file' || source.from === 'default'
    ? `${source.from === 'file' ? source.file : 'default'}: ${keyText(section, name)}`
    : sourceText(source)
