import { createRequire } from 'node:module'
import type { Ajv, ErrorObject, ValidateFunction } from 'ajv'

const require = createRequire(import.meta.url)
let ajv: Ajv | undefined

/**
 * The violations of a schema by a value; an empty list where there are none. Values are taken as they are: nothing is
 * converted, dropped or filled in. Ajv is loaded with the first value to check: no start waits for it.
 */
export function checkerOf(schema: object): (value: unknown) => readonly ErrorObject[] {
  let validate: ValidateFunction | undefined
  return value => {
    validate ??= sharedAjv().compile(schema)
    return validate(value) ? [] : (validate.errors ?? [])
  }
}

function sharedAjv(): Ajv {
  const { Ajv } = require('ajv') as typeof import('ajv')
  ajv ??= new Ajv({ strict: false, strictNumbers: true, validateSchema: false, verbose: true })
  return ajv
}
