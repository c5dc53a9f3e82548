/** A value as JSON carries it: `bigint` as decimal string, bytes as base64, nothing that is `undefined`. */
export function toJson(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Uint8Array) return base64(value)
  if (Array.isArray(value)) return value.map(toJson)
  if (value === null || typeof value !== 'object') return value
  const object: Record<string, unknown> = {}
  for (const [key, entry] of Object.entries(value)) {
    if (entry !== undefined) object[key] = toJson(entry)
  }
  return object
}

/** What becomes of a type in JSON: `bigint` as a decimal string, bytes as base64. */
export type Json<T> = T extends string | number | boolean | null | undefined
  ? T
  : T extends bigint | Uint8Array
    ? string
    : { readonly [K in keyof T]: Json<T[K]> }

/** A record, e.g. a report or a grant, as JSON carries it: for `JSON.stringify`. */
export const jsonOf = <T extends object>(record: T): Json<T> => toJson(record) as Json<T>

export const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')

/** JSON with sorted keys: the same content gives the same text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, entry: unknown) =>
    entry !== null && typeof entry === 'object' && !Array.isArray(entry)
      ? Object.fromEntries(Object.entries(entry).sort(([a], [b]) => (a < b ? -1 : 1)))
      : entry
  )
}
