import { parseArgs } from 'node:util'
import type { Row } from './row.js'

export interface ChaosOptions {
  readonly rows: readonly Row[]
  /** Parts of those rows; all where it is absent. */
  readonly only?: readonly string[]
  readonly seed: number
  readonly short: boolean
  readonly json: boolean
}

/** As the generator of a run takes it: 32 bits. */
const MAX_SEED = 2 ** 32 - 1

/** What is to be run. @throws RangeError in one line: what was expected, what came */
export function chaosOptions(args: readonly string[], all: readonly Row[]): ChaosOptions {
  const { values, positionals } = parsed(args)
  const unknown = positionals.filter(name => !all.some(row => row.name === name))
  if (unknown.length > 0) throw new RangeError(`expected rows of ${namesOf(all)}, got ${unknown.join(', ')}`)
  const rows = positionals.length === 0 ? all : all.filter(({ name }) => positionals.includes(name))
  const { short = false, json = false } = values
  const only = values.only?.flatMap(names => names.split(','))
  if (only !== undefined) checkParts(only, rows, all)
  return { rows, seed: seedOf(values.seed), short, json, ...(only === undefined ? {} : { only }) }
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        short: { type: 'boolean' },
        json: { type: 'boolean' },
        seed: { type: 'string' },
        only: { type: 'string', multiple: true }
      }
    })
  } catch (error) {
    const [message = ''] = String(error instanceof Error ? error.message : error).split('\n')
    throw new RangeError(message, { cause: error })
  }
}

function checkParts(only: readonly string[], rows: readonly Row[], all: readonly Row[]): void {
  const whole = rows.filter(({ parts }) => parts === undefined)
  if (whole.length > 0) {
    const divided = all.filter(({ parts }) => parts !== undefined)
    throw new RangeError(`--only: expected rows that have parts (${namesOf(divided)}), got ${namesOf(whole)}`)
  }
  const parts = rows.flatMap(row => row.parts ?? [])
  const unknown = only.filter(name => !parts.includes(name))
  if (unknown.length === 0) return
  const got = unknown.map(name => (name === '' ? 'an empty name' : name)).join(', ')
  throw new RangeError(`--only: expected parts of ${parts.join(', ')}, got ${got}`)
}

/** A random one where none is given. @param name of what gives it */
export function seedOf(text: string | undefined, name = '--seed'): number {
  const seed = text === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(text.trim() || Number.NaN)
  if (Number.isInteger(seed) && seed >= 0 && seed <= MAX_SEED) return seed
  throw new RangeError(`${name}: expected a whole number from 0 to ${MAX_SEED}, got ${JSON.stringify(text)}`)
}

const namesOf = (rows: readonly Row[]): string => rows.map(({ name }) => name).join(', ')
