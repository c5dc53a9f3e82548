/** Reads the vectors and compares: the first difference ends a file and names file, row and field. */
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { Test } from 'tap'

const OWN = resolve(import.meta.dirname, '../../../test/vectors/gfsp-0.0.1')

/** `SP_APPROVAL_VECTORS` names another folder of the same form. */
const folder = process.env.SP_APPROVAL_VECTORS ? resolve(process.env.SP_APPROVAL_VECTORS) : OWN

export type Compare = (field: string, got: unknown, expected: unknown) => void

class Difference extends Error {}

export const readRows = <Row>(file: string): readonly Row[] =>
  JSON.parse(readFileSync(join(folder, file), 'utf8')) as Row[]

/** Runs `check` on every row of a file, in order. */
export async function holdRows<Row>(
  t: Test,
  file: string,
  check: (row: Row, compare: Compare, index: number) => void | Promise<void>
): Promise<void> {
  const rows = readRows<Row>(file)
  let held = 0
  for (const [index, row] of rows.entries()) {
    const at = `${file} row ${index}`
    const compare: Compare = (field, got, expected) => {
      if (!isDeepStrictEqual(got, expected)) {
        throw new Difference(`${at} ${field}: ${difference(JSON.stringify(expected), JSON.stringify(got))}`)
      }
    }
    try {
      await check(row, compare, index)
      held++
    } catch (error) {
      t.fail(error instanceof Difference ? error.message : `${at}: ${error instanceof Error ? error.stack : error}`)
      return
    }
  }
  t.ok(held > 0 && held === rows.length, `${held} of ${rows.length} rows of ${file} hold`)
}

/** Long texts are cut to what surrounds the first difference. */
function difference(expected = 'nothing', got = 'nothing'): string {
  let from = 0
  while (from < expected.length && expected[from] === got[from]) from++
  const cut = (whole: string): string =>
    whole.length <= 400 ? whole : `…${whole.slice(Math.max(0, from - 60), from + 140)}…`
  return `expected ${cut(expected)}, got ${cut(got)} (character ${from})`
}

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
export const fromHex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'))
export const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8')
export const utf8 = (value: string): Uint8Array => Buffer.from(value, 'utf8')
