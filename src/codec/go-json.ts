/** JSON text as Go's `encoding/json` prints it, for sign bytes. */

/** How U+0008 and U+000C are written: `\u0008` by Go before 1.22 (which GfSp's releases use), `\b` from then on. */
export type Spelling = 'long' | 'short'

/** What Go escapes in a string: control characters, quote, backslash, and what could end a script in HTML. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const ESCAPED = /[\u0000-\u001f"\\<>&\u2028\u2029]/

const unicode = (code: number): string => `\\u${code.toString(16).padStart(4, '0')}`

/** Escapes of ASCII by character code. */
const LONG: readonly (string | undefined)[] = Array.from({ length: 0x80 }, (_, code) => {
  const named = { 10: '\\n', 13: '\\r', 9: '\\t', 34: '\\"', 92: '\\\\' }[code]
  return named ?? (code < 0x20 || '<>&'.includes(String.fromCharCode(code)) ? unicode(code) : undefined)
})
const SHORT = LONG.with(0x08, '\\b').with(0x0c, '\\f')

/** A string with its quotes. */
export function goString(text: string, spelling: Spelling): string {
  if (!ESCAPED.test(text)) return `"${text}"`
  const escapes = spelling === 'short' ? SHORT : LONG
  // Joined once: a text of nothing but escapes must not cost a rope of as many knots.
  const parts: string[] = []
  let done = 0
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    const sequence = code < 0x80 ? escapes[code] : code === 0x2028 || code === 0x2029 ? unicode(code) : undefined
    if (sequence === undefined) continue
    if (index > done) parts.push(text.slice(done, index))
    parts.push(sequence)
    done = index + 1
  }
  return `"${parts.join('')}${text.slice(done)}"`
}

/** Bytes as standard base64 with its quotes. */
export const goBytes = (bytes: Uint8Array): string =>
  `"${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')}"`
