// Generates the protobuf module from proto/ into src/codec/gen/ (not in the repository) and, since tsc copies no .js,
// into dist/. Does nothing when the result is newer than its sources.
import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const require = createRequire(import.meta.url)
const proto = join(root, 'proto')
const gen = join(root, 'src/codec/gen')
const out = join(root, 'dist/src/codec/gen')
const sources = readdirSync(proto, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.proto'))

const time = file => (existsSync(file) ? statSync(file).mtimeMs : 0)
const newest = Math.max(time(fileURLToPath(import.meta.url)), ...sources.map(name => time(join(proto, name))))

if (time(join(gen, 'gfsp.js')) < newest || time(join(gen, 'gfsp.d.ts')) < newest) {
  mkdirSync(gen, { recursive: true })
  const pbjs = join(dirname(require.resolve('protobufjs-cli/package.json')), 'bin/pbjs')
  const options = '-t static-module -w esm --dependency protobufjs/minimal.js --force-long -r libp2p-sp-approval'.split(
    ' '
  )
  options.push('--no-create', '--no-verify', '--no-delimited', '--dts', '-p', proto, '-o', join(gen, 'gfsp.js'))
  execFileSync(process.execPath, [pbjs, ...options, ...sources.map(name => join(proto, name))], { stdio: 'inherit' })
}
mkdirSync(out, { recursive: true })
for (const name of ['gfsp.js', 'gfsp.d.ts']) copyFileSync(join(gen, name), join(out, name))
