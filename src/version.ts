/** The version of this package. A literal, since bundles have no package.json; a test compares it with that. */
export const VERSION = '0.1.0'
