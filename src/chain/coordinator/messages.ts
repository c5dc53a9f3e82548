/** The messages between clients and the coordinator; docs/COORDINATOR.md is the reference. */
import type { SpEntry } from '../../domain/registry.js'

/** Clocks of clients and coordinator may be this far apart. */
export const MAX_CLOCK_SKEW_MS = 120_000
/** The newest version of a join: its nodes' keys sign too. */
export const JOIN_VERSION = 2
/** A serial may run this far ahead of the wall clock (it is Unix milliseconds, or the last one plus one). */
export const MAX_SERIAL_AHEAD_MS = 86_400_000

/** The fields common to a join and a leave. */
export interface Signed {
  readonly network: string
  /** The coordinator's public key, hex of 33 bytes: a join for one coordinator means nothing to another. */
  readonly coordinator: string
  /** In EIP-55 spelling. */
  readonly operatorAddress: string
  /** Rises with every request of this operator. */
  readonly serial: number
  /** Unix milliseconds. */
  readonly time: number
}

export interface Join extends Signed {
  readonly approvalAddress: string
  readonly endpoint: string
  readonly nodes: readonly { readonly peerId: string; readonly addresses: readonly string[] }[]
  /** These are all nodes of the SP; otherwise they are added to those it has. */
  readonly replace: boolean
  /** Signatures of node keys, each over {@link nodeBytes}: who names a node with its proof has it. Version 2 of a join. */
  readonly proofs?: readonly NodeProof[] | undefined
}

export interface NodeProof {
  readonly peerId: string
  /** As libp2p's key of this type signs, hex with 0x. */
  readonly signature: string
}

export interface Leave extends Signed {
  /** Nodes that no longer speak for the SP; none named: the SP leaves. */
  readonly peerIds: readonly string[]
}

/**
 * The bytes whose keccak-256 the operator signs. Every field is its length in four bytes, big endian, followed by its
 * UTF-8 text; numbers are decimal; a list is its number of elements and then the elements. The first field names what
 * is signed, so that no signature made for another purpose is valid here.
 */
export const joinBytes = (join: Join): Uint8Array =>
  fields([
    join.proofs === undefined ? 'sp-approval coordinator join v1' : 'sp-approval coordinator join v2',
    ...signedFields(join),
    join.approvalAddress,
    join.endpoint,
    join.replace ? 'replace' : 'add',
    join.nodes.length,
    ...join.nodes.flatMap(node => [node.peerId, node.addresses.length, ...node.addresses]),
    ...(join.proofs === undefined ? [] : [join.proofs.length]),
    ...(join.proofs ?? []).flatMap(({ peerId, signature }) => [peerId, signature])
  ])

/** The bytes that a node's own key signs: it speaks for this operator, at this time. */
export const nodeBytes = (join: Omit<Signed, 'serial'>, peerId: string): Uint8Array =>
  fields(['sp-approval coordinator node v1', join.network, join.coordinator, join.operatorAddress, join.time, peerId])

export const leaveBytes = (leave: Leave): Uint8Array =>
  fields(['sp-approval coordinator leave v1', ...signedFields(leave), leave.peerIds.length, ...leave.peerIds])

/** The bytes that the coordinator's key signs: this line, then the payload exactly as it is sent. */
export const stateBytes = (payload: string): Uint8Array =>
  Buffer.from(`sp-approval coordinator state v1\n${payload}`, 'utf8')

const signedFields = ({ network, coordinator, operatorAddress, serial, time }: Signed): (string | number)[] => [
  network,
  coordinator,
  operatorAddress,
  serial,
  time
]

function fields(values: readonly (string | number)[]): Uint8Array {
  return Buffer.concat(
    values.flatMap(value => {
      const text = Buffer.from(String(value), 'utf8')
      const length = Buffer.alloc(4)
      length.writeUInt32BE(text.length)
      return [length, text]
    })
  )
}

/** `GET /v1/state`: the payload as text, since the signature is over these very bytes. */
export interface SignedState {
  readonly payload: string
  /** 65 bytes R‖S‖V, hex. */
  readonly signature: string
}

/** The parsed payload. */
export interface CoordinatorState {
  readonly network: string
  readonly sequence: bigint
  /** Unix milliseconds when it was signed. */
  readonly time: number
  readonly height: bigint
  readonly blockTimeMs: number
  readonly entries: readonly SpEntry[]
  /** Of the list's beginning: one that lost its state and began anew has another. `undefined`: an older coordinator. */
  readonly epoch?: string | undefined
  /** The newest version of a join that it takes; `undefined`: 1. */
  readonly joinVersion?: number | undefined
}
