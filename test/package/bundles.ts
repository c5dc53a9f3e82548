/** `npm run test:package`: types as they resolve, and bundles of esbuild and Rollup that run. Half a minute. */
import { execFileSync } from 'node:child_process'
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import commonjs from '@rollup/plugin-commonjs'
import json from '@rollup/plugin-json'
import { nodeResolve } from '@rollup/plugin-node-resolve'
import { build } from 'esbuild'
import { type Plugin, rollup } from 'rollup'
import t, { type Test } from 'tap'
import { NAMES, PRINTED, PROGRAM, run } from './program.js'

const root = process.cwd()
/** Their types are those of CommonJS, what is imported is the function itself. */
const plugin = (made: unknown): Plugin => (made as () => Plugin)()

t.test('arethetypeswrong finds every entry typed as it runs', async t => {
  const dir = t.testdir()
  const packed = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', dir], { cwd: root })
  const [{ filename }] = JSON.parse(packed.toString()) as [{ readonly filename: string }]
  const result = await checkPackage(createPackageFromTarballData(readFileSync(join(dir, filename))))
  // node10 knows no exports; require() loads ES modules since Node 20.19, which TypeScript's node16 mode does not know.
  const problems = 'problems' in result ? result.problems : [{ kind: 'no types', resolutionKind: '' }]
  const told = problems.filter(
    problem =>
      problem.kind !== 'CJSResolvesToESM' && !('resolutionKind' in problem && problem.resolutionKind === 'node10')
  )
  t.strictSame(told, [])
})

/** A program that was bundled runs in a folder that has nothing but the bundle and native addons. */
function runBundle(t: Test, file: string, text: string): unknown {
  const dir = t.testdir({ node_modules: {} })
  for (const addon of ['classic-level', 'secp256k1', 'node-gyp-build', 'napi-macros']) {
    symlinkSync(join(root, 'node_modules', addon), join(dir, 'node_modules', addon))
  }
  writeFileSync(join(dir, file), text)
  return JSON.parse(run([file], dir))
}

const entryFile = (t: Test): string => {
  const index = (entry: string): string => JSON.stringify(join(root, 'dist/src', entry))
  const program = `import ${NAMES} from ${index('index.js')}\nimport { createHttpApi } from ${index('api/http/index.js')}\n`
  return join(
    t.testdir({ 'program.mjs': `${program}async function main() {${PROGRAM}}\nvoid main()\n` }),
    'program.mjs'
  )
}

for (const [format, file] of [
  ['esm', 'bundle.mjs'],
  ['cjs', 'bundle.cjs']
] as const) {
  t.test(`esbuild makes one file that runs (${format})`, async t => {
    const { outputFiles } = await build({
      entryPoints: [entryFile(t)],
      bundle: true,
      write: false,
      platform: 'node',
      format,
      external: ['classic-level', 'secp256k1'],
      logLevel: 'silent',
      // As esbuild's manual has it for dependencies in CommonJS.
      ...(format === 'esm' && {
        banner: {
          js: "import { createRequire as toRequire } from 'node:module'; const require = toRequire(import.meta.url)"
        }
      })
    })
    t.match(runBundle(t, file, outputFiles[0]?.text ?? ''), PRINTED)
  })
}

t.test('Rollup makes one file that runs', async t => {
  const bundle = await rollup({
    input: entryFile(t),
    external: ['classic-level', 'secp256k1'],
    plugins: [nodeResolve({ preferBuiltins: true }), plugin(commonjs), plugin(json)],
    onLog: () => undefined
  })
  const { output } = await bundle.generate({ format: 'cjs', inlineDynamicImports: true })
  await bundle.close()
  t.match(runBundle(t, 'bundle.cjs', output[0].code), PRINTED)
})
