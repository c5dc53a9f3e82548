/** JSON text as Go's `encoding/json` prints it, for sign bytes. */

/** How U+0008 and U+000C are written: `\u0008` by Go before 1.22 (which GfSp's releases use), `\b` from then on. */
export type Spelling = 'long' | 'short'

/** What Go escapes in a string: control characters, quote, backslash, and what could end a script in HTML. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const ESCAPED = /[\u0000-\u001f"\\<>&\u2028\u2029]/

const unicode = (code: number): string => `\\u${code.toString(16).padStart(4, '0')}`

/** Escapes by character code, the same for both spellings. */
const ESCAPES = new Map<number, string>([
  ...[...Array(0x20).keys(), 0x3c, 0x3e, 0x26, 0x2028, 0x2029].map(code => [code, unicode(code)] as const),
  [0x0a, '\\n'],
  [0x0d, '\\r'],
  [0x09, '\\t'],
  [0x22, '\\"'],
  [0x5c, '\\\\']
])
const SHORT_ESCAPES = new Map([...ESCAPES, [0x08, '\\b'] as const, [0x0c, '\\f'] as const])

/** A string with its quotes. */
export function goString(text: string, spelling: Spelling): string {
  if (!ESCAPED.test(text)) return `"${text}"`
  const escapes = spelling === 'short' ? SHORT_ESCAPES : ESCAPES
  let escaped = '"'
  let done = 0
  for (let index = 0; index < text.length; index++) {
    const sequence = escapes.get(text.charCodeAt(index))
    if (sequence === undefined) continue
    escaped += text.slice(done, index) + sequence
    done = index + 1
  }
  return `${escaped}${text.slice(done)}"`
}

/** Bytes as standard base64 with its quotes. */
export const goBytes = (bytes: Uint8Array): string =>
  `"${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')}"`
