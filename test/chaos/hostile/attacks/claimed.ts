import { PING_PROTOCOL } from '../../../../src/constants.js'
import { prelude } from '../../../../src/protocols/muxer/early-protocol.js'
import { type Kit, LastingLink } from '../kit.js'
import type { Link } from '../link.js'

/** Time for a ping to be verified before what follows it. */
const VERIFIED_MS = 300

/** Sends a ping of an open SP, as anyone can who has seen it. */
export const replayPing = (kit: Kit, link: Link): Promise<void> =>
  link.stream(Buffer.concat([prelude(PING_PROTOCOL), kit.ping()]), kit.signal, true)

/** A link whose peer claims to be a node of an open SP. */
export const claimedLink = (kit: Kit): LastingLink =>
  new LastingLink(kit, {}, async link => {
    await replayPing(kit, link)
    await kit.until(VERIFIED_MS)
  })
