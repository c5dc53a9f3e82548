import { InvalidArgumentError } from '../errors.js'

/**
 * Program and arguments of a command, without a shell. A list is taken as it is. A text is split at spaces and tabs;
 * `'…'` and `"…"` keep what is between them together; there are no escapes, variables, wildcards or pipes. A relative
 * path starts at the command's folder, a bare name is looked up in PATH.
 */
export function commandLine(command: string | readonly string[]): readonly string[] {
  const words = typeof command === 'string' ? split(command) : [...command]
  if (words.some(word => typeof word !== 'string' || word.includes('\0'))) {
    throw new InvalidArgumentError('policy command', 'a list of texts', command)
  }
  if (words.length > 0 && words[0] === '') {
    throw new InvalidArgumentError('policy command', 'a program first', command)
  }
  return words
}

function split(text: string): string[] {
  const words: string[] = []
  let word: string | undefined
  let quote: string | undefined
  for (const character of text) {
    if (quote !== undefined) {
      if (character === quote) quote = undefined
      else word += character
    } else if (character === ' ' || character === '\t') {
      if (word !== undefined) words.push(word)
      word = undefined
    } else {
      word ??= ''
      if (character === "'" || character === '"') quote = character
      else word += character
    }
  }
  if (quote !== undefined) throw new InvalidArgumentError('policy command', `a closing ${quote}`, text)
  return word === undefined ? words : [...words, word]
}
