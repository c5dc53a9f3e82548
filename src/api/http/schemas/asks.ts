import { Type } from '../../../kit/http/schema-type.js'
import { Base64, Duration } from './common.js'
import { TaskJsonSchema } from './tasks.js'

export const VISIBILITIES = ['UNSPECIFIED', 'PUBLIC_READ', 'PRIVATE', 'INHERIT'] as const
export const REDUNDANCIES = ['EC', 'REPLICA'] as const

/** Bytes as a number, as decimal digits, or with a unit. */
export const Size = Type.Union([Type.Integer({ minimum: 0 }), Type.String({ minLength: 1, maxLength: 24 })], {
  title: 'Size',
  examples: ['128MiB', 134217728],
  'x-expected': 'bytes as a number, decimal digits or a size with its unit, e.g. 128MiB'
})

const Text = (maxLength: number) => Type.Optional(Type.String({ maxLength }))

/** What `ask --bucket … --object … --id … --payload-size …` gives; the rest has the defaults of `createTask`. */
export const ObjectSchema = Type.Body('ObjectInfo', {
  bucket: Type.String({ minLength: 1, maxLength: 63 }),
  object: Type.String({ minLength: 1, maxLength: 1024 }),
  id: Type.Union([Type.Integer({ minimum: 0 }), Type.String({ pattern: '^(0|[1-9][0-9]{0,77})$' })], {
    'x-expected': 'a decimal number of at most 256 bits, as text or number'
  }),
  payloadSize: Size,
  owner: Text(128),
  creator: Text(128),
  contentType: Text(256),
  visibility: Type.Optional(Type.Enum(VISIBILITIES)),
  redundancyType: Type.Optional(Type.Enum(REDUNDANCIES)),
  checksums: Type.Optional(Type.Array(Base64, { maxItems: 256 }))
})

const ChunkNumber = Type.Optional(Type.Integer({ minimum: 0, maximum: 64 }))

export const ParamsSchema = Type.Object(
  {
    maxSegmentSize: Type.Optional(Size),
    redundantDataChunkNum: ChunkNumber,
    redundantParityChunkNum: ChunkNumber,
    minChargeSize: Type.Optional(Size)
  },
  { title: 'VersionedParams', additionalProperties: false, description: 'Default: 16 MiB segments, 4 + 2 chunks' }
)

/** Either a whole task or the object it is about. */
export const taskInput = {
  task: Type.Optional(TaskJsonSchema),
  object: Type.Optional(ObjectSchema),
  params: Type.Optional(ParamsSchema),
  priority: Type.Optional(Type.Integer({ minimum: 0, maximum: 255 })),
  userAddress: Text(128)
}

export const AskBody = Type.Object(
  {
    ...taskInput,
    min: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000, description: 'Distinct SPs that must approve' })),
    max: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000, description: 'The ask returns at so many' })),
    timeout: Type.Optional(Duration('One deadline from the moment of the call'))
  },
  { title: 'AskRequest', additionalProperties: false, description: 'Exactly one of `task` and `object`' }
)

/** Longest time a request may wait for its ask. */
export const MAX_WAIT_MS = 60_000

const tasks = Type.Optional(Type.Boolean({ description: 'Add the signed task of each approval' }))

export const AskQuery = Type.Closed({
  wait: Type.Optional(Duration('Answer with the result when it is there in this time (at most 60s), otherwise 202')),
  tasks
})

export const AskViewQuery = Type.Closed({ tasks })

export const AskHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      pattern: '^[\\x21-\\x7e]{1,200}$',
      'x-expected': '1 to 200 visible ASCII characters',
      description: 'The same key with the same body begins one ask only, however often it is sent'
    })
  )
})
