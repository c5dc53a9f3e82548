/** JSON text as Go's `encoding/json` prints it, for sign bytes. */

/** How U+0008 and U+000C are written: `\u0008` by Go before 1.22 (which GfSp's releases use), `\b` from then on. */
export type Spelling = 'long' | 'short'

/** What Go escapes in a string: control characters, quote, backslash, and what could end a script in HTML. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const ESCAPED = /[\u0000-\u001f"\\<>&\u2028\u2029]/
const ALL_ESCAPED = new RegExp(ESCAPED, 'g')

const ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '"': '\\"', '\\': '\\\\' }
const SHORT: Readonly<Record<string, string>> = { '\b': '\\b', '\f': '\\f' }

/** A string with its quotes. */
export function goString(text: string, spelling: Spelling): string {
  if (!ESCAPED.test(text)) return `"${text}"`
  const escaped = (character: string): string =>
    ESCAPES[character] ??
    (spelling === 'short' ? SHORT[character] : undefined) ??
    `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  return `"${text.replace(ALL_ESCAPED, escaped)}"`
}

/** Bytes as standard base64 with its quotes. */
export const goBytes = (bytes: Uint8Array): string =>
  `"${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')}"`
