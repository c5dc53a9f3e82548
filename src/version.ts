import { createRequire } from 'node:module'

/** The version of this package, from the package.json two folders above `dist/src`. */
export const VERSION: string = (createRequire(import.meta.url)('../../package.json') as { version: string }).version
