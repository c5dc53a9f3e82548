/** Wrong calls of the real command: what each must say, and that nothing is left behind. */
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { lines, run } from './command.js'

export const GOOD_KEY = '4f3edf983ac636a65a842ce7c78d9aa706d3b113bce9c46f30d7d21715b23b1d'
export const OBJECT = ['--bucket', 'b', '--object', 'o', '--id', '1', '--payload-size', '1MiB'] as const

export interface Case {
  readonly args: readonly string[]
  readonly files?: Readonly<Record<string, string | Uint8Array>>
  readonly modes?: Readonly<Record<string, number>>
  readonly env?: Readonly<Record<string, string>>
  readonly line: RegExp
  /** A second line says what to do. */
  readonly hint?: true
}

/** Processes at once; the machines that test have two cores and more. */
const WORKERS = 3

/** Each case in a folder of its own: exit code 2, one line on stderr, nothing on stdout, no file more than before. */
export async function refuseAll(t: Test, cases: Readonly<Record<string, Case>>): Promise<void> {
  const dir = t.testdir()
  const next = Object.entries(cases).entries()
  const worker = async (): Promise<void> => {
    for (const [index, [name, wrong]] of next) await refuse(t, join(dir, `case${index}`), name, wrong)
  }
  await Promise.all(Array.from({ length: WORKERS }, worker))
}

async function refuse(
  t: Test,
  cwd: string,
  name: string,
  { args, env, files, modes, line, hint }: Case
): Promise<void> {
  mkdirSync(join(cwd, 'data'), { recursive: true, mode: 0o700 })
  for (const [file, content] of Object.entries(files ?? {})) writeFileSync(join(cwd, file), content, { mode: 0o600 })
  for (const [file, mode] of Object.entries(modes ?? {})) chmodSync(join(cwd, file), mode)
  const before = readdirSync(cwd, { recursive: true }).sort()
  const { code, stdout, stderr } = await run(args, { cwd, ...(env && { env }) })
  t.equal(code, 2, `${name}: ${stderr}`)
  t.equal(stdout, '', name)
  t.equal(lines(stderr).length, hint === true ? 2 : 1, `${name}: ${stderr}`)
  t.match(lines(stderr)[0] ?? '', line, name)
  t.match(lines(stderr)[0] ?? '', /^error: .+ \([A-Z0-9_]+\)$/, name)
  t.notMatch(stderr, new RegExp(GOOD_KEY), `${name}: no key is shown`)
  t.strictSame(readdirSync(cwd, { recursive: true }).sort(), before, `${name}: nothing is left behind`)
}
