/** Building blocks of the API's schemas. Every schema with a title becomes a named component of the OpenAPI document. */

import { type Schema, Type } from '../../../kit/http/schema-type.js'

/** 64-bit and larger integers travel as decimal strings: JSON numbers lose digits above 2^53. */
export const Decimal = Type.String({ pattern: '^[0-9]+$', description: 'Decimal integer of up to 256 bits' })
export const Base64 = Type.String({ description: 'Bytes in standard base64' })
export const UnixMs = Type.Number({ description: 'Unix time in milliseconds' })
export const Address = Type.String({ description: 'Operator address of an SP, EIP-55' })
export const PeerId = Type.String({ description: 'libp2p peer id' })

export const nullable = <T extends Schema>(schema: T) => Type.Union([schema, Type.Null()])

/** Task and grant keys contain slashes and colons. */
export const KeyParams = Type.Object({
  key: Type.String({
    minLength: 1,
    maxLength: 4096,
    description: 'Percent-encoded in one path segment: `/` is %2F, `:` is %3A'
  })
})

export const Duration = (description: string) =>
  Type.String({
    minLength: 2,
    maxLength: 16,
    description,
    examples: ['5s'],
    'x-expected': 'a duration with its unit, e.g. 500ms, 5s or 2m'
  })
