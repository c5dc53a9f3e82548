/** Request validation: strict bodies, and errors of one line that says what was expected and what came. */
import type { FastifySchemaCompiler } from 'fastify'
import { shown } from '../shown.js'
import { HttpError } from './problem.js'
import { checkerOf } from './schema-check.js'

type Schema = Readonly<Record<string, unknown>>
type Violations = ReturnType<ReturnType<typeof checkerOf>>

/** Bodies are checked as they come. Query values are texts: where the schema wants a number or a boolean, it is read. */
export const validatorCompiler: FastifySchemaCompiler<Schema> = ({ schema, httpPart }) => {
  const check = checkerOf(schema)
  const part = httpPart === 'querystring' ? 'query' : httpPart === 'params' ? 'path' : (httpPart ?? 'request')
  return (input: unknown) => {
    const value = httpPart === 'querystring' ? readQuery(schema, input) : input
    const violations = check(value)
    return violations.length === 0 ? { value } : { error: explain(part, schema, value, violations) }
  }
}

function readQuery(schema: Schema, input: unknown): unknown {
  if (input === null || typeof input !== 'object') return input
  const properties = (schema.properties ?? {}) as Readonly<Record<string, Schema>>
  return Object.fromEntries(
    Object.entries(input).map(([name, text]: [string, unknown]) => {
      const type = properties[name]?.type
      if (typeof text !== 'string') return [name, text]
      if (type === 'integer' && /^-?\d{1,15}$/.test(text)) return [name, Number(text)]
      if (type === 'boolean' && (text === 'true' || text === 'false')) return [name, text === 'true']
      return [name, text]
    })
  )
}

function explain(part: string, schema: Schema, value: unknown, violations: Violations): HttpError {
  // A union reports each branch and then itself; the branches say less than the whole.
  const violation = violations.find(({ schemaPath }) => !schemaPath.includes('/anyOf/'))
  if (violation === undefined) return invalid(part, 'a valid request', value)
  const path = violation.instancePath.split('/').slice(1).map(readToken)
  const what = [part, ...path].join('.')
  const got = valueAt(value, path)
  // Without the # in front and the keyword at the end: the schema that was not met.
  const target = valueAt(schema, violation.schemaPath.split('/').slice(1, -1).map(readToken)) as Schema
  if (violation.keyword === 'additionalProperties') {
    const known = Object.keys((target.properties ?? {}) as object)
    const name: unknown = violation.params.additionalProperty
    return invalid(`${what}.${name}`, `one of the known fields (${known.join(', ')})`, name)
  }
  if (violation.keyword === 'required') {
    const name = String(violation.params.missingProperty)
    const property = ((target.properties ?? {}) as Readonly<Record<string, Schema>>)[name] ?? {}
    return invalid(`${what}.${name}`, describe(property), undefined)
  }
  return invalid(what, describe(target), got)
}

const invalid = (what: string, expected: string, got: unknown): HttpError =>
  new HttpError(
    400,
    'ERR_INVALID_ARGUMENT',
    `${what}: expected ${expected}, got ${got === undefined || got === null ? 'nothing' : shown(got)}`
  )

const readToken = (token: string): string => token.replaceAll('~1', '/').replaceAll('~0', '~')

function valueAt(root: unknown, path: readonly string[]): unknown {
  let value = root
  for (const name of path) {
    if (value === null || typeof value !== 'object') return undefined
    value = (value as Readonly<Record<string, unknown>>)[name]
  }
  return value
}

/** What a schema wants, in words. */
function describe(schema: Schema): string {
  const { type, minimum, maximum, minLength, maxLength, minItems, maxItems } = schema
  if (typeof schema['x-expected'] === 'string') return schema['x-expected']
  if (schema.const !== undefined) return shown(schema.const)
  if (Array.isArray(schema.enum)) return `one of ${schema.enum.join(', ')}`
  if (Array.isArray(schema.anyOf)) return (schema.anyOf as Schema[]).map(describe).join(' or ')
  if (type === 'integer' || type === 'number') {
    if (minimum !== undefined && maximum !== undefined) return `an integer from ${minimum} to ${maximum}`
    return minimum === undefined ? 'an integer' : `an integer of at least ${minimum}`
  }
  if (type === 'string') {
    if (maxLength !== undefined) return `a text of ${minLength ?? 0} to ${maxLength} characters`
    return 'a text'
  }
  if (type === 'array') {
    if (maxItems === undefined) return 'a list'
    return minItems === undefined ? `a list of at most ${maxItems}` : `a list of ${minItems} to ${maxItems}`
  }
  return type === 'boolean' ? 'true or false' : type === 'object' ? 'an object' : 'another value'
}
