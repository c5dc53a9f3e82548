/**
 * JSON Schemas that carry the type of what they describe: one text for validation, documents and the handlers. What they
 * are at run time is plain JSON Schema, the few keywords of it that our HTTP servers need.
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

/** Of types only. */
declare const STATIC: unique symbol
/** Marks a property that may be missing; symbols do not show in JSON. */
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

interface Options<T> {
  readonly title?: string
  readonly description?: string
  readonly default?: T
  readonly examples?: readonly unknown[]
  /** What a refusal calls it, instead of what the other keywords say. */
  readonly 'x-expected'?: string
}

interface NumberOptions extends Options<number> {
  readonly minimum?: number
  readonly maximum?: number
}

interface StringOptions extends Options<string> {
  readonly minLength?: number
  readonly maxLength?: number
  readonly pattern?: string
}

interface ArrayOptions<T> extends Options<T> {
  readonly minItems?: number
  readonly maxItems?: number
}

interface ObjectOptions<T> extends Options<T> {
  readonly additionalProperties?: boolean
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
/** One object type instead of an intersection, so that messages of the compiler can be read. */
type Flat<T> = { [K in keyof T]: T[K] }

export interface ObjectOf<P extends Properties> extends Schema<StaticObject<P>> {
  readonly properties: P
}

/** The type is known here and nowhere else: the one place where a schema is given it. */
const schemaOf = <S extends Schema>(json: object): S => json as S

export const Type = {
  Null: () => schemaOf<Schema<null>>({ type: 'null' }),
  Boolean: (options: Options<boolean> = {}) => schemaOf<Schema<boolean>>({ type: 'boolean', ...options }),
  Integer: (options: NumberOptions = {}) => schemaOf<Schema<number>>({ type: 'integer', ...options }),
  Number: (options: NumberOptions = {}) => schemaOf<Schema<number>>({ type: 'number', ...options }),
  String: (options: StringOptions = {}) => schemaOf<Schema<string>>({ type: 'string', ...options }),
  /** The one value `true`. */
  True: (options: Options<true> = {}) => schemaOf<Schema<true>>({ type: 'boolean', const: true, ...options }),
  /** One of some words, as a plain `enum`: it reads better in documents than a union of constants. */
  Enum: <const T extends readonly string[]>(words: T, options: Options<T[number]> = {}) =>
    schemaOf<Schema<T[number]>>({ type: 'string', enum: [...words], ...options }),
  Array: <S extends Schema>(items: S, options: ArrayOptions<Static<S>[]> = {}) =>
    schemaOf<Schema<Static<S>[]>>({ type: 'array', items, ...options }),
  Union: <const S extends readonly Schema[]>(anyOf: S, options: Options<Static<S[number]>> = {}) =>
    schemaOf<Schema<Static<S[number]>>>({ anyOf, ...options }),
  /** A property of an object that may be missing. */
  Optional: <S extends Schema>(schema: S) => schemaOf<S & MayMiss>({ ...schema, [OPTIONAL]: true }),
  Object: <P extends Properties>(properties: P, options: ObjectOptions<StaticObject<P>> = {}) => {
    const required = Object.keys(properties).filter(name => !(OPTIONAL in (properties[name] ?? {})))
    return schemaOf<ObjectOf<P>>({
      type: 'object',
      ...(required.length === 0 ? {} : { required }),
      properties,
      ...options
    })
  }
}
