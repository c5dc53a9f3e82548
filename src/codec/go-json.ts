/** JSON text as Go's `encoding/json` prints it, for sign bytes. */
import { type Field, isLeftOut, type MessageSchema } from './schema.js'

/** How U+0008 and U+000C are written: `\u0008` by Go before 1.22 (which GfSp's releases use), `\b` since. */
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
  // Joined once: repeated concatenation would build a deeply nested string where every character is escaped.
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

/** A message with its keys sorted. */
export const sortedJson = <T extends object>({ sorted }: MessageSchema<T>, message: T, spelling: Spelling): string =>
  goJson(sorted, message, spelling)

/**
 * A message with the given fields in their order: zero values left out, 64-bit integers as strings, 32-bit integers and
 * enums as numbers, bytes in base64. An empty list that is always written is `null`, as Go's `nil` is.
 */
export function goJson(fields: readonly Field[], message: object, spelling: Spelling): string {
  let text = ''
  for (const field of fields) {
    const value = (message as Readonly<Record<string, unknown>>)[field.key]
    if (field.cap !== undefined) text += listJson(field, value as readonly unknown[], spelling)
    else if (!isLeftOut(field, value)) text += field.jsonKey + valueJson(field, value, spelling)
  }
  return `{${text.slice(1)}}`
}

function listJson(field: Field, values: readonly unknown[], spelling: Spelling): string {
  if (values.length > 0) return `${field.jsonKey}[${values.map(value => valueJson(field, value, spelling)).join(',')}]`
  return field.always ? `${field.jsonKey}null` : ''
}

function valueJson(field: Field, value: unknown, spelling: Spelling): string {
  if (field.of !== undefined) return sortedJson(field.of, value as object, spelling)
  switch (field.kind) {
    case 'string':
      return goString(value as string, spelling)
    case 'id':
      return `"${value || '0'}"`
    case 'bytes':
      return base64(value as Uint8Array)
    case 'int64':
    case 'uint64':
      return `"${value}"`
    default:
      return `${value}`
  }
}

const base64 = ({ buffer, byteOffset, length }: Uint8Array): string =>
  `"${Buffer.from(buffer, byteOffset, length).toString('base64')}"`
