import { createKey } from '../../../../src/index.js'
import { prelude } from '../../../../src/protocols/muxer/early-protocol.js'
import { dataFrame, FLAG, identifyMessage } from '../frames.js'
import type { Attack } from '../kit.js'
import type { Link } from '../link.js'
import { replayPing } from './claimed.js'

/** They stay until the node hangs up. */
export const halfOpen: Attack = {
  name: 'half-open',
  shows: '60 TCP connections a second that never say a word',
  isShort: true,
  run: kit => kit.every(60, async () => void (await kit.socket()), 512)
}

export const handshakes: Attack = {
  name: 'handshakes',
  shows: '64 Noise handshakes a second, each of a fresh peer id that leaves at once',
  run: kit => kit.every(64, async () => (await kit.link())?.end())
}

/** Long enough for a node that lets a peer in to have said so. */
const LET_IN_MS = 500

export const closedList: Attack = {
  name: 'closed-list',
  shows: '16 strangers a second come to a node whose list names all peer ids, and ask to stay',
  isClosed: true,
  never: 'let in',
  run: kit =>
    kit.every(16, async () => {
      const link = await kit.link()
      await kit.until(LET_IN_MS)
      if (link?.open === true && !kit.signal.aborted) kit.count('let in')
    })
}

export const hoard: Attack = {
  name: 'one-id-hoard',
  shows: 'a listed peer id opens 60 connections a second and keeps them all',
  run: kit => kit.every(60, async () => void (await kit.link({ nodeKey: kit.spec.turned.nodeKey })))
}

export const replayedPings: Attack = {
  name: 'replayed-pings',
  shows: 'pings of 40 open SPs and of the node itself, replayed from 50 fresh peer ids a second that stay',
  run: kit =>
    kit.every(50, async () => {
      const link = await kit.link()
      if (link !== undefined) await replayPing(kit, link)
    })
}

const IDENTIFY = prelude('/ipfs/id/1.0.0')
/** As many names as are read, as long as they may be together: 75 KB. */
const NAMES = Array.from({ length: 1_000 }, (_, index) => `/${String(index).padStart(72, 'x')}`)
const STAY_MS = 1_000

export const fatIdentify: Attack = {
  name: 'fat-identify',
  shows: '20 fresh peer ids a second that answer identify with 75 KB, and leave',
  run: kit =>
    kit.every(20, async () => {
      const answer = Buffer.concat([
        IDENTIFY,
        identifyMessage(
          [],
          NAMES.map(name => `/${Math.random()}${name}`.slice(0, 73))
        )
      ])
      const link = await kit.link({
        nodeKey: createKey(),
        onStream: (to: Link, stream, data) => {
          if (!Buffer.from(data).includes('/ipfs/id/1.0.0')) return
          kit.count('answered')
          void to.send(dataFrame(stream, answer, FLAG.ack | FLAG.fin), kit.signal)
        }
      })
      await kit.until(STAY_MS)
      link?.end()
    })
}
