import { InvalidArgumentError } from '../errors.js'

/** Name of a network: 1–64 characters of `[a-z0-9._-]`, as in the 1.0.0 wire. @throws InvalidArgumentError */
export function requireNetwork(what: string, value: unknown): string {
  if (typeof value === 'string' && /^[a-z0-9._-]{1,64}$/.test(value)) return value
  throw new InvalidArgumentError(what, '1 to 64 characters of a-z, 0-9, ".", "_", "-"', value)
}
