import type { Ping, Pong, ReplicatePieceApprovalTask } from '../domain/task.js'
import { keccak256 } from './keccak.js'
import { pingSignBytes, pongSignBytes, type Spelling, taskSignBytes } from './sign-bytes.js'

/** U+0008 and U+000C as the long spelling writes them. */
const LONG_ONLY = ['\\u0008', '\\u000c']

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

function digests(signBytes: (spelling: Spelling) => Buffer): Uint8Array[] {
  const long = signBytes('long')
  const digest = keccak256(long)
  if (!LONG_ONLY.some(sequence => long.includes(sequence))) return [digest]
  const short = signBytes('short')
  // As long: it was a backslash of the text itself.
  return short.length === long.length ? [digest] : [digest, keccak256(short)]
}
