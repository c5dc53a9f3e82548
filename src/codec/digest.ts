import type { Ping, Pong, ReplicatePieceApprovalTask } from '../domain/task.js'
import { keccak256 } from './keccak.js'
import { hasTwoSpellings, pingSignBytes, pongSignBytes, type Spelling, taskSignBytes } from './sign-bytes.js'

/** Identifies an ask: hex keccak of its sign bytes with height 0, always in the long spelling. */
export const askDigest = (task: ReplicatePieceApprovalTask): string =>
  Buffer.from(keccak256(taskSignBytes(task, { expiredHeight: 0n }))).toString('hex')

/** The digests a verifier tries: one, or two where the text could have been spelled either way. The first is ours. */
export const taskDigests = (task: ReplicatePieceApprovalTask, expiredHeight = task.expiredHeight): Uint8Array[] =>
  digests(spelling => taskSignBytes(task, { expiredHeight, spelling }))

/** As {@link taskDigests}. */
export const pingDigests = (ping: Ping): Uint8Array[] => digests(spelling => pingSignBytes(ping, spelling))

/** As {@link taskDigests}. */
export const pongDigests = (pong: Pong): Uint8Array[] => digests(spelling => pongSignBytes(pong, spelling))

function digests(signBytes: (spelling: Spelling) => Uint8Array): Uint8Array[] {
  const long = signBytes('long')
  return hasTwoSpellings(long) ? [keccak256(long), keccak256(signBytes('short'))] : [keccak256(long)]
}
