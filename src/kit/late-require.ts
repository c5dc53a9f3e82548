import { createRequire } from 'node:module'

declare const __filename: string

/** Loads CommonJS packages late or on trial. Bundles have it too; those in CommonJS have no `import.meta.url`. */
export const lateRequire = createRequire(import.meta.url ?? __filename)
