import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const require = createRequire(import.meta.url)
const root = process.cwd()
/** Long enough for a busy machine: whatever takes longer hangs. */
export const GIVE_UP_MS = 180_000

/** node without the loaders that the test runner hands down to every child. */
const node = (args: readonly string[], options: { cwd: string; timeout: number }) =>
  run('env', ['-u', 'NODE_OPTIONS', process.execPath, ...args], options)

export interface Block {
  readonly language: string
  readonly code: string
}

/** The fenced code blocks of a page, in order. */
export const blocksOf = (page: string): Block[] =>
  [...page.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language = '', code = '']) => ({ language, code }))

export interface Compiled {
  readonly files: readonly string[]
  remove(): Promise<void>
}

/**
 * Checks the types of blocks and compiles them, in a folder of this package, where the package's own name resolves as
 * it does for those who installed it.
 */
export async function compileBlocks(blocks: readonly string[]): Promise<Compiled> {
  await mkdir(join(root, 'dist'), { recursive: true })
  const dir = await mkdtemp(join(root, 'dist/readme-'))
  const sources = blocks.map((_, index) => join(dir, `block-${index}.ts`))
  await Promise.all(blocks.map((code, index) => writeFile(sources[index] ?? '', code)))
  const options = {
    ...{ target: 'ES2023', module: 'NodeNext', strict: true, skipLibCheck: true, types: ['node'] },
    ...{ noEmitOnError: true, typeRoots: [join(root, 'node_modules/@types')] }
  }
  await writeFile(join(dir, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: sources }))
  const tsc = join(dirname(require.resolve('typescript-7/package.json')), 'bin/tsc')
  try {
    await node([tsc, '-p', dir], { cwd: root, timeout: GIVE_UP_MS })
  } catch (error) {
    await rm(dir, { recursive: true, force: true })
    const said = outputOf(error)
    throw new Error(`the README's code does not compile: ${said.trim().replaceAll('\n', '; ')}`, { cause: error })
  }
  return {
    files: sources.map(file => file.replace(/\.ts$/, '.js')),
    remove: () => rm(dir, { recursive: true, force: true })
  }
}

/** Runs a compiled block with this working directory; its standard output. */
export async function runBlock(file: string, cwd: string): Promise<string> {
  const { stdout } = await node([file], { cwd, timeout: GIVE_UP_MS })
  return stdout
}

const outputOf = (error: unknown): string =>
  error instanceof Error && 'stdout' in error && 'stderr' in error ? `${error.stdout}${error.stderr}` : String(error)
