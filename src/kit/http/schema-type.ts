/**
 * JSON Schemas that carry the TypeScript type of what they describe: one source for validation, documents and handlers.
 * At run time they are plain JSON Schema with the few keywords that our HTTP servers need.
 */
import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyTypeProvider,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault
} from 'fastify'
import type { Viewable } from './view.js'

/** Exists in types only. */
declare const STATIC: unique symbol
/** Marks an optional property; JSON leaves symbols out. */
const OPTIONAL = Symbol('optional')

export interface Schema<T = unknown> {
  readonly [STATIC]: T
}

/** The type of the values that a schema describes. */
export type Static<S extends Schema> = S[typeof STATIC]

/** Gives the handlers of a Fastify instance the types of its schemas. */
export interface SchemaTypeProvider extends FastifyTypeProvider {
  readonly validator: this['schema'] extends Schema ? Static<this['schema']> : unknown
  readonly serializer: this['schema'] extends Schema ? Viewable<Static<this['schema']>> : unknown
}

/** A Fastify instance whose handlers take their types from the schemas. */
export type HttpServer = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  SchemaTypeProvider
>

/** The keywords that our schemas use besides those that give a value its type. */
interface Keywords {
  readonly title?: string
  readonly description?: string
  readonly default?: unknown
  readonly examples?: readonly unknown[]
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly pattern?: string
  readonly minItems?: number
  readonly maxItems?: number
  readonly additionalProperties?: boolean
  /** What a refusal calls it, instead of what the other keywords say. */
  readonly 'x-expected'?: string
}

type Properties = Readonly<Record<string, Schema>>
export interface MayMiss {
  readonly [OPTIONAL]: true
}

/** The type of an object with these properties. */
export type StaticObject<P extends Properties> = keyof P extends never
  ? object
  : Flat<
      { -readonly [K in keyof P as P[K] extends MayMiss ? never : K]: Static<P[K]> } & {
        -readonly [K in keyof P as P[K] extends MayMiss ? K : never]?: Static<P[K]>
      }
    >
/** Merges an intersection into one object type, which the compiler's messages show readably. */
type Flat<T> = { [K in keyof T]: T[K] }

export interface ObjectOf<P extends Properties> extends Schema<StaticObject<P>> {
  readonly properties: P
}

/** The only cast: here the type of what a schema describes is known. */
const schemaOf = <S extends Schema>(json: object, keywords: Keywords = {}): S =>
  ({ ...json, ...keywords }) as unknown as S

const object = <P extends Properties>(properties: P, keywords?: Keywords): ObjectOf<P> => {
  const required = Object.keys(properties).filter(name => !(OPTIONAL in (properties[name] ?? {})))
  return schemaOf({ type: 'object', ...(required.length > 0 && { required }), properties }, keywords)
}

export const Type = {
  Null: () => schemaOf<Schema<null>>({ type: 'null' }),
  Boolean: (keywords?: Keywords) => schemaOf<Schema<boolean>>({ type: 'boolean' }, keywords),
  Integer: (keywords?: Keywords) => schemaOf<Schema<number>>({ type: 'integer' }, keywords),
  Number: (keywords?: Keywords) => schemaOf<Schema<number>>({ type: 'number' }, keywords),
  String: (keywords?: Keywords) => schemaOf<Schema<string>>({ type: 'string' }, keywords),
  /** The one value `true`. */
  True: (keywords?: Keywords) => schemaOf<Schema<true>>({ type: 'boolean', const: true }, keywords),
  /** One of some words, as a plain `enum`: it reads better in documents than a union of constants. */
  Enum: <const T extends readonly string[]>(words: T, keywords?: Keywords) =>
    schemaOf<Schema<T[number]>>({ type: 'string', enum: [...words] }, keywords),
  Array: <S extends Schema>(items: S, keywords?: Keywords) =>
    schemaOf<Schema<Static<S>[]>>({ type: 'array', items }, keywords),
  Union: <const S extends readonly Schema[]>(anyOf: S, keywords?: Keywords) =>
    schemaOf<Schema<Static<S[number]>>>({ anyOf }, keywords),
  /** A property of an object that may be missing. */
  Optional: <S extends Schema>(schema: S) => schemaOf<S & MayMiss>({ ...schema, [OPTIONAL]: true }),
  Object: object,
  /** An object with a title. */
  Named: <P extends Properties>(title: string, properties: P) => object(properties, { title }),
  /** The same without unknown properties. */
  Body: <P extends Properties>(title: string, properties: P) =>
    object(properties, { title, additionalProperties: false }),
  /** An object without unknown properties. */
  Closed: <P extends Properties>(properties: P) => object(properties, { additionalProperties: false })
}
