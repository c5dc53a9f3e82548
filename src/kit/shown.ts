/** A value as one short line, for messages. Never call it with a secret. */
export function shown(value: unknown): string {
  if (value instanceof Uint8Array) return `${value.length} bytes`
  const text =
    typeof value === 'string'
      ? JSON.stringify(withoutUrlSecrets(value))
      : typeof value === 'bigint'
        ? `${value}`
        : brief(value)
  return text.length > 120 ? `${text.slice(0, 117)}...` : text
}

function brief(value: unknown): string {
  if (value === null || typeof value !== 'object') return String(value)
  return Array.isArray(value) ? `an array of ${value.length}` : 'an object'
}

/** Control characters move a terminal's cursor, bidi controls reorder its line, U+2028 and U+2029 begin a new one. */
const STEERING = /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/gu

/** Names come from others: whatever could steer a terminal is written as `\u202e`. */
export const printable = (text: string): string => text.replace(STEERING, escaped)

/** The same for a text of JSON, which stays what it was for whoever parses it. */
export const printableJson = (json: string): string =>
  json.replace(STEERING, character => (character === '\n' ? character : escaped(character)))

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`

/** `user:password@` of a URL, and the values of its query. */
const USER = /(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/?#"'`]*@/gi
const QUERY = /(\b[a-z][a-z0-9+.-]*:\/\/[^\s?#"'`]*\?)([^\s#"'`]*)/gi

/** Masks what a URL in the text may hold of secrets: user, password and the values of its query. */
export function withoutUrlSecrets(text: string): string {
  if (!text.includes('://')) return text
  return text
    .replace(USER, '$1***@')
    .replace(QUERY, (_, address: string, query: string) => address + query.replace(/=[^&]*/g, '=***'))
}
