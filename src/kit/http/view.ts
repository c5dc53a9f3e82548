/** Answers as their schemas describe them: fields that the schema does not name are left out. */
import { toJson } from '../json.js'

/**
 * What a handler may give where an answer of type `T` is described: integers of any size and bytes where it has texts,
 * `undefined` or nothing where it has `null`, and fields that the answer does not have.
 */
export type Viewable<T> = T extends string
  ? string extends T
    ? string | bigint | Uint8Array
    : T
  : T extends null
    ? null | undefined
    : T extends readonly (infer E)[]
      ? readonly Viewable<E>[]
      : T extends object
        ? ViewableObject<T>
        : T

type ViewableObject<T> = { readonly [K in keyof T as null extends T[K] ? never : K]: Viewable<T[K]> } & {
  readonly [K in keyof T as null extends T[K] ? K : never]?: Viewable<T[K]>
}

/** The keywords of JSON Schema that say which fields a value has. */
interface Shape {
  readonly type?: string
  readonly anyOf?: readonly Shape[]
  readonly items?: Shape
  readonly properties?: Readonly<Record<string, Shape>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean
}

/** The JSON of a value by its schema: 64-bit integers as decimal texts, bytes in base64, missing values as `null` or left out. */
export function viewOf(schema: unknown, value: unknown): unknown {
  if (value === undefined || value === null) return null
  const { anyOf = [], items, properties, required = [], additionalProperties } = schema as Shape
  const [branch, ...more] = anyOf.filter(({ type }) => type !== 'null')
  if (branch !== undefined && more.length === 0) return viewOf(branch, value)
  if (items !== undefined && Array.isArray(value)) return value.map(item => viewOf(items, item))
  if (properties === undefined || additionalProperties === true) return toJson(value)
  const fields = value as Readonly<Record<string, unknown>>
  const shown = Object.entries(properties).filter(([name]) => fields[name] !== undefined || required.includes(name))
  return Object.fromEntries(shown.map(([name, field]) => [name, viewOf(field, fields[name])]))
}
