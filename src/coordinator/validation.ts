/** Checks requests against their schemas. */
import type { FastifySchemaCompiler } from 'fastify'
import { checkerOf } from '../kit/http/schema-check.js'

type Violation = ReturnType<ReturnType<typeof checkerOf>>[number]

export const validatorCompiler: FastifySchemaCompiler<object> = ({ schema }) => {
  const check = checkerOf(schema)
  return (value: unknown) => {
    const violations = check(value)
    return violations.length === 0 ? { value } : { error: violations.map(complaintOf) }
  }
}

/** In the words of problem.ts, which says the path and the message. */
function complaintOf(violation: Violation): Violation {
  const { keyword, instancePath, params, schema, data, message = 'is not what was expected' } = violation
  if (keyword === 'additionalProperties') {
    return { ...violation, instancePath: `${instancePath}/${params.additionalProperty}`, message: 'is not a known key' }
  }
  if (keyword === 'required') {
    const missing = (schema as string[]).filter(name => !Object.hasOwn(Object(data), name))
    return { ...violation, message: `must have required properties ${missing.join(', ')}` }
  }
  return { ...violation, message: message.replace('must NOT', 'must not') }
}
