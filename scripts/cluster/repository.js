// What the cluster needs from the repository: the built command line and the public door of the library.
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
/** The `sp-approval` command. */
export const bin = join(root, 'dist/src/cli/main.js')

/** A mistake of the user: shown as one line, exit code 2. */
export class UsageError extends Error {}

/** @throws UsageError when the tree is not built */
export function requireBuild() {
  if (!existsSync(bin)) throw new UsageError('dist/ is missing: run "npm ci" (or "npm run build") first')
}

/** @returns {Promise<typeof import('../../dist/src/index.js')>} */
export async function library() {
  requireBuild()
  return import('../../dist/src/index.js')
}
