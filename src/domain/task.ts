/**
 * The messages of GfSp 0.0.1 as this module works with them, generated from proto/: 64-bit integers as `bigint`, bytes
 * as `Uint8Array`, names in camel case. A nested message that is absent on the wire is `undefined`, one that is present
 * but empty is an object: the sign bytes tell them apart.
 */
export * from './gen/messages.js'
