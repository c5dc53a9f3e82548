/** Shapes of the requests; the values are checked by the handlers. */
import { MAX_ADDRESSES_PER_NODE, MAX_NODES_PER_SP } from '../chain/entry-rules.js'
import { type Static, Type } from '../kit/http/schema-type.js'

const signed = {
  network: Type.String({ maxLength: 64 }),
  operatorAddress: Type.String({ maxLength: 42 }),
  coordinator: Type.String({ maxLength: 66 }),
  serial: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
  time: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
  signature: Type.String({ pattern: '^0x[0-9a-fA-F]{130}$', 'x-expected': '65 bytes in hex with 0x' })
}

/** A node proves itself; each proof costs a millisecond to check. */
const MAX_PROOFS = 4
/** The longest is one of RSA with 4,096 bits. */
const nodeSignature = Type.String({
  pattern: '^0x([0-9a-fA-F]{2}){1,512}$',
  'x-expected': 'a signature in hex with 0x'
})

export const JoinBody = Type.Closed({
  ...signed,
  approvalAddress: Type.String({ maxLength: 42 }),
  endpoint: Type.String({ maxLength: 1_024 }),
  nodes: Type.Array(
    Type.Closed({
      peerId: Type.String({ maxLength: 128 }),
      addresses: Type.Array(Type.String({ maxLength: 320 }), { maxItems: MAX_ADDRESSES_PER_NODE })
    }),
    { minItems: 1, maxItems: MAX_NODES_PER_SP }
  ),
  replace: Type.Boolean(),
  proofs: Type.Optional(
    Type.Array(Type.Closed({ peerId: Type.String({ maxLength: 128 }), signature: nodeSignature }), {
      maxItems: MAX_PROOFS
    })
  ),
  joinToken: Type.Optional(Type.String({ maxLength: 256 }))
})

export const LeaveBody = Type.Closed({
  ...signed,
  peerIds: Type.Array(Type.String({ maxLength: 128 }), { maxItems: MAX_NODES_PER_SP })
})

export const StateQuery = Type.Closed({
  known: Type.Optional(Type.String({ pattern: '^\\d{1,20}$', 'x-expected': 'a sequence of at most 20 digits' }))
})
export const SpParams = Type.Closed({ address: Type.String({ maxLength: 42 }) })
export const StatusBody = Type.Closed({ status: Type.String({ maxLength: 32 }) })

export type JoinRequest = Readonly<Static<typeof JoinBody>>
export type LeaveRequest = Readonly<Static<typeof LeaveBody>>
