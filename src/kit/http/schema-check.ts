import type { Ajv, ErrorObject, ValidateFunction } from 'ajv'

let ajv: Ajv | undefined

/** Loads Ajv, before the first value is checked: no start waits for it. */
export async function loadChecks(): Promise<void> {
  if (ajv !== undefined) return
  const { Ajv } = await import('ajv')
  ajv ??= new Ajv({ strict: false, strictNumbers: true, validateSchema: false, verbose: true })
}

/**
 * The violations of a schema by a value; an empty list where there are none. Values are taken as they are: nothing is
 * converted, dropped or filled in. {@link loadChecks} comes before the first call of what this gives.
 */
export function checkerOf(schema: object): (value: unknown) => readonly ErrorObject[] {
  let validate: ValidateFunction | undefined
  return value => {
    if (ajv === undefined) throw new TypeError('checkerOf: expected loadChecks() before the first value')
    validate ??= ajv.compile(schema)
    return validate(value) ? [] : (validate.errors ?? [])
  }
}
