import {
  joinBytes,
  leaveBytes,
  MAX_CLOCK_SKEW_MS,
  MAX_SERIAL_AHEAD_MS,
  nodeBytes
} from '../chain/coordinator/messages.js'
import { parseEntry } from '../chain/entry-rules.js'
import { requireSpAddress } from '../codec/address.js'
import { keccak256 } from '../codec/keccak.js'
import { parsePeerId, readPeerId } from '../codec/peer-id.js'
import type { PeerIdString, SpAddress } from '../domain/brands.js'
import { CoordinatorRefusedError, InvalidArgumentError } from '../errors.js'
import type { Verifier } from '../identity/index.js'
import type { Clock } from '../kit/clock.js'
import { type Book, join, leave, type Proven } from './book.js'
import type { CommittedBook } from './committed-book.js'
import type { JoinPolicy } from './join-policy.js'
import type { Leases } from './leases.js'
import type { JoinRequest, LeaveRequest } from './schemas.js'

export interface MembershipParts {
  readonly network: string
  readonly publicKey: string
  readonly leaseMs: number
  readonly admission: JoinPolicy
  readonly ledger: CommittedBook
  readonly leases: Leases
  readonly verifier: Verifier
  readonly clock: Clock
}

/** Joins and leaves. Cheap checks come first; the signature is checked before anything changes. */
export class Membership {
  readonly #parts: MembershipParts

  constructor(parts: MembershipParts) {
    this.#parts = parts
  }

  /** Resolves once the join is on disk. @throws CoordinatorRefusedError | InvalidArgumentError | StoreError */
  async join(request: JoinRequest): Promise<{ readonly leaseMs: number }> {
    const { admission, clock, leases, leaseMs } = this.#parts
    this.#requireOurs(request)
    const operatorAddress = requireSpAddress('operatorAddress', request.operatorAddress)
    admission.require(operatorAddress, request.joinToken)
    const { approvalAddress, endpoint, nodes } = parseEntry(
      {
        operatorAddress,
        approvalAddress: request.approvalAddress,
        endpoint: request.endpoint,
        nodes: request.nodes
      },
      'join'
    )
    const peerIds = nodes.map(node => node.peerId)
    if (new Set(peerIds).size < peerIds.length) {
      throw new InvalidArgumentError('join.nodes', 'each peer id once', peerIds.join(', '))
    }
    // The signature is over the request as sent; the book keeps the canonical spelling.
    this.#requireSignature(operatorAddress, joinBytes({ ...request, operatorAddress }), request.signature)
    const { serial, replace } = request
    const proven = await provenBy({ ...request, operatorAddress })
    const accepted = { operatorAddress, approvalAddress, endpoint, nodes, serial, replace, proven }
    await this.#change(operatorAddress, book => join(book, accepted, leases.holds, clock.now()))
    leases.renew(peerIds)
    return { leaseMs }
  }

  /** Resolves once it is on disk. @throws as {@link join}, NotFoundError */
  async leave(request: LeaveRequest): Promise<void> {
    this.#requireOurs(request)
    const operatorAddress = requireSpAddress('operatorAddress', request.operatorAddress)
    const peerIds = request.peerIds.map((text, index) => requirePeerId(text, `leave.peerIds[${index}]`))
    this.#requireSignature(operatorAddress, leaveBytes({ ...request, operatorAddress }), request.signature)
    const accepted = { operatorAddress, peerIds, serial: request.serial }
    await this.#change(operatorAddress, book => leave(book, accepted, this.#parts.clock.now()))
  }

  /** Applies a change. Leases of nodes that are no longer listed end here, since they are never read again. */
  async #change(sp: SpAddress, decide: (book: Book) => Book): Promise<void> {
    const { ledger, leases } = this.#parts
    const before = nodesOf(ledger.book, sp)
    const after = nodesOf(await ledger.change(decide), sp)
    leases.end(before.filter(peerId => !after.includes(peerId)))
  }

  /** @throws CoordinatorRefusedError `network` | `clock` | `serial` */
  #requireOurs({ network, coordinator, time, serial }: LeaveRequest | JoinRequest): void {
    const { clock, publicKey } = this.#parts
    if (network !== this.#parts.network) {
      throw new CoordinatorRefusedError('network', `network: expected ${this.#parts.network}, got ${network}`)
    }
    if (coordinator !== publicKey) {
      throw new CoordinatorRefusedError('network', `coordinator: expected ${publicKey}, got ${coordinator}`)
    }
    const skew = time - clock.now()
    if (Math.abs(skew) > MAX_CLOCK_SKEW_MS) {
      const apart = `${Math.round(skew / 1_000)} s from the coordinator's clock`
      throw new CoordinatorRefusedError(
        'clock',
        `time: expected at most ${MAX_CLOCK_SKEW_MS / 1_000} s apart, got ${apart}`
      )
    }
    if (serial > clock.now() + MAX_SERIAL_AHEAD_MS) {
      throw new CoordinatorRefusedError(
        'serial',
        `serial: expected at most a day ahead of Unix milliseconds, got ${serial}`
      )
    }
  }

  #requireSignature(operatorAddress: SpAddress, bytes: Uint8Array, signature: string): void {
    const signer = this.#parts.verifier.recover(keccak256(bytes), Buffer.from(signature.slice(2), 'hex'))
    if (signer === operatorAddress) return
    const got = signer === undefined ? 'no valid signature' : `one of ${signer}`
    throw new CoordinatorRefusedError(
      'signature',
      `signature: expected one of the operator key of ${operatorAddress}, got ${got}`
    )
  }
}

/** The nodes whose keys signed. @throws CoordinatorRefusedError `signature` */
async function provenBy(request: JoinRequest): Promise<Proven> {
  const proven: Record<PeerIdString, number> = {}
  for (const [index, { peerId: text, signature }] of (request.proofs ?? []).entries()) {
    const peerId = requirePeerId(text, `join.proofs[${index}].peerId`)
    const isGood = await isSignedBy(peerId, nodeBytes(request, text), Buffer.from(signature.slice(2), 'hex'))
    if (!isGood) {
      const message = `proof: expected a signature of the key of ${peerId}, got none of it`
      throw new CoordinatorRefusedError('signature', message)
    }
    proven[peerId] = request.time
  }
  return proven
}

/** Whether the key that a peer id names made the signature; one of RSA names only its hash. */
async function isSignedBy(peerId: PeerIdString, bytes: Uint8Array, signature: Uint8Array): Promise<boolean> {
  try {
    return (await readPeerId(peerId).publicKey?.verify(bytes, signature)) === true
  } catch {
    return false
  }
}

const nodesOf = (book: Book, sp: SpAddress): readonly PeerIdString[] =>
  book.members.get(sp)?.nodes.map(node => node.peerId) ?? []

function requirePeerId(text: string, what: string): PeerIdString {
  const peerId = parsePeerId(text)
  if (peerId === undefined) throw new InvalidArgumentError(what, 'a libp2p peer id', text)
  return peerId
}
