// Generated messages, then every TypeScript file into dist/. TypeScript 7 (native) where it runs, 5.9 otherwise.
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import './proto.js'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const require = createRequire(import.meta.url)
const compiler = name => join(dirname(require.resolve(`${name}/package.json`)), 'bin/tsc')
const run = (name, ...args) =>
  spawnSync(process.execPath, [compiler(name), ...args], { cwd: root, stdio: args.length > 0 ? 'ignore' : 'inherit' })
    .status

const chosen = run('typescript-7', '--version') === 0 ? 'typescript-7' : 'typescript'
const status = run(chosen)
const bin = join(root, 'dist/src/cli/main.js')
if (existsSync(bin)) chmodSync(bin, 0o755)
process.exitCode = status ?? 1
