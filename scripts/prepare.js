// After `npm ci` the tree runs: generated messages, build, test runner. Without dev dependencies there is nothing to do
// (`npm ci --omit=dev`, or a package that was built before it was packed).
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const require = createRequire(import.meta.url)
const root = dirname(dirname(fileURLToPath(import.meta.url)))

let tap
try {
  require.resolve('tap/package.json')
  tap = join(root, 'node_modules/.bin/tap')
} catch {
  process.exit(0)
}
for (const [command, ...args] of [
  [process.execPath, join(root, 'scripts/build.js')],
  [tap, 'build']
]) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
  if (status !== 0) process.exit(status ?? 1)
}
