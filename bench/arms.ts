import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type * as Api from '../src/index.js'
import type * as Testing from '../src/testing/index.js'

/** A built checkout that is measured: this one, or the one of `--against`. */
export interface Arm {
  readonly dir: string
}

/** The public doors of a checkout, which is all that a bench uses of it. */
export interface Doors {
  readonly api: typeof Api
  readonly testing: typeof Testing
}

export const OWN: Arm = { dir: dirname(dirname(dirname(fileURLToPath(import.meta.url)))) }

const doorOf = (dir: string, name: string): string => join(dir, 'dist/src', name, 'index.js')
/** The command of a checkout. */
export const commandOf = ({ dir }: Arm): string => join(dir, 'dist/src/cli/main.js')

/** This checkout, then the other one. @throws Error when that is not built */
export function armsOf(against: string | undefined): Arm[] {
  const arms = [OWN, ...(against === undefined ? [] : [{ dir: resolve(against) }])]
  for (const { dir } of arms) if (!existsSync(doorOf(dir, ''))) throw new Error(`bench: ${dir} is not built`)
  return arms
}

export async function doorsOf(dir: string): Promise<Doors> {
  const open = (name: string): Promise<unknown> => import(pathToFileURL(doorOf(dir, name)).href)
  return { api: (await open('')) as typeof Api, testing: (await open('testing')) as typeof Testing }
}

/** Measures every arm once a turn, in an order that is turned round each time: A B, B A, … One list of results an arm. */
export async function inTurns<T, Result>(
  arms: readonly T[],
  turns: number,
  measure: (arm: T) => Promise<Result>
): Promise<Result[][]> {
  const results: Result[][] = arms.map(() => [])
  for (let turn = 0; turn < turns; turn++) {
    const order = [...arms.entries()]
    for (const [index, arm] of turn % 2 === 0 ? order : order.reverse()) results[index]?.push(await measure(arm))
  }
  return results
}
