/** Shapes of what comes in; what the values mean is checked behind them. */
import { MAX_ADDRESSES_PER_NODE, MAX_NODES_PER_SP } from '../chain/entry-rules.js'

interface SignedRequest {
  readonly network: string
  readonly operatorAddress: string
  readonly coordinator: string
  readonly serial: number
  readonly time: number
  readonly signature: string
}

interface RequestedNode {
  readonly peerId: string
  readonly addresses: string[]
}

export interface JoinRequest extends SignedRequest {
  readonly approvalAddress: string
  readonly endpoint: string
  readonly nodes: RequestedNode[]
  readonly replace: boolean
  readonly joinToken?: string
}

export interface LeaveRequest extends SignedRequest {
  readonly peerIds: string[]
}

export interface KnownState {
  readonly known?: string
}

export interface SpPath {
  readonly address: string
}

export interface NewStatus {
  readonly status: string
}

/** The JSON Schema of a value of type T, as far as the compiler can tell. */
interface SchemaOf<T> {
  readonly type: T extends string
    ? 'string'
    : T extends number
      ? 'integer'
      : T extends boolean
        ? 'boolean'
        : T extends readonly unknown[]
          ? 'array'
          : 'object'
  readonly items?: T extends readonly (infer Item)[] ? SchemaOf<Item> : never
  readonly [keyword: string]: unknown
}

type OptionalIn<T> = { [K in keyof T]-?: object extends Pick<T, K> ? K : never }[keyof T]

/** An object with these fields and no others; all must be there but the `optional` ones. */
const closed = <T extends object>(
  properties: { readonly [K in keyof T]-?: SchemaOf<T[K]> },
  ...optional: readonly OptionalIn<T>[]
) => ({
  type: 'object' as const,
  properties,
  required: Object.keys(properties).filter(name => !optional.some(other => other === name)),
  additionalProperties: false
})

const text = (maxLength: number) => ({ type: 'string' as const, maxLength })
const whole = (minimum: number) => ({ type: 'integer' as const, minimum, maximum: Number.MAX_SAFE_INTEGER })
const matching = (pattern: string) => ({ type: 'string' as const, pattern })

const signed = {
  network: text(64),
  operatorAddress: text(42),
  coordinator: text(66),
  serial: whole(1),
  time: whole(0),
  signature: matching('^0x[0-9a-fA-F]{130}$')
}

export const joinBody = closed<JoinRequest>(
  {
    ...signed,
    approvalAddress: text(42),
    endpoint: text(1_024),
    nodes: {
      type: 'array',
      items: closed<RequestedNode>({
        peerId: text(128),
        addresses: { type: 'array', items: text(320), maxItems: MAX_ADDRESSES_PER_NODE }
      }),
      minItems: 1,
      maxItems: MAX_NODES_PER_SP
    },
    replace: { type: 'boolean' },
    joinToken: text(256)
  },
  'joinToken'
)

export const leaveBody = closed<LeaveRequest>({
  ...signed,
  peerIds: { type: 'array', items: text(128), maxItems: MAX_NODES_PER_SP }
})

export const stateQuery = closed<KnownState>({ known: matching('^\\d{1,20}$') }, 'known')
export const spParams = closed<SpPath>({ address: text(42) })
export const statusBody = closed<NewStatus>({ status: text(32) })
