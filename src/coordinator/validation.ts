/** Checks requests against their schemas. */
import { createRequire } from 'node:module'
import type { Ajv, ErrorObject, ValidateFunction } from 'ajv'
import type { FastifySchemaCompiler } from 'fastify'

const require = createRequire(import.meta.url)
let ajv: Ajv | undefined

/** Loaded with the first request that has something to check. */
function newAjv(): Ajv {
  const { Ajv } = require('ajv') as typeof import('ajv')
  return new Ajv({ strict: false, strictNumbers: true, validateSchema: false, verbose: true })
}

/** Values are taken as they are: nothing is converted, dropped or filled in. */
export const validatorCompiler: FastifySchemaCompiler<object> = ({ schema }) => {
  let check: ValidateFunction | undefined
  return (value: unknown) => {
    ajv ??= newAjv()
    check ??= ajv.compile(schema)
    return check(value) ? { value } : { error: (check.errors ?? []).map(complaintOf) }
  }
}

/** In the words of problem.ts, which says the path and the message. */
function complaintOf(error: ErrorObject): ErrorObject {
  const { keyword, instancePath, params, schema, data, message = 'is not what was expected' } = error
  if (keyword === 'additionalProperties') {
    return { ...error, instancePath: `${instancePath}/${params.additionalProperty}`, message: 'is not a known key' }
  }
  if (keyword === 'required') {
    const missing = (schema as string[]).filter(name => !Object.hasOwn(Object(data), name))
    return { ...error, message: `must have required properties ${missing.join(', ')}` }
  }
  return { ...error, message: message.replace('must NOT', 'must not') }
}
