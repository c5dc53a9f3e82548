import { encodeTask } from '../../../../src/codec/task-codec.js'
import { ANSWER_PROTOCOL, ASK_PROTOCOL, MAX_PONG_BYTES, PONG_PROTOCOL } from '../../../../src/constants.js'
import {
  completeObjectInfo,
  completeStorageParams,
  EMPTY_TASK,
  EMPTY_TASK_INFO
} from '../../../../src/domain/task-defaults.js'
import { localSigner, requireSpAddress } from '../../../../src/index.js'
import { prelude } from '../../../../src/protocols/muxer/early-protocol.js'
import { type Attack, type Kit, LastingLink } from '../kit.js'
import type { Link } from '../link.js'
import { claimedLink } from './claimed.js'

/** A message that begins and does not go on. */
const halfSent = (protocol: string, bytes: number): Buffer => Buffer.concat([prelude(protocol), Buffer.alloc(bytes, 1)])

/** What a node waits for the rest of a message, and a little more. */
const RENEW_PER_SECOND = 1 / 5.5

/** So many peers, each of which does this every few seconds. */
async function crowd(kit: Kit, peers: readonly LastingLink[], act: (link: Link) => Promise<void>): Promise<void> {
  await kit.every(RENEW_PER_SECOND, async () => {
    await Promise.all(
      peers.map(async peer => {
        const link = await peer.get()
        if (link !== undefined) await act(link)
      })
    )
  })
}

const PONG_STREAMS = 32
const HALF_PONG = halfSent(PONG_PROTOCOL, MAX_PONG_BYTES - 64 * 1_024)

export const pongStreams: Attack = {
  name: 'pong-streams',
  shows: '16 strangers with 32 pongs each of which 192 KiB come and the rest never does, again every 5.5 s',
  run: kit =>
    crowd(
      kit,
      Array.from({ length: 16 }, () => new LastingLink(kit)),
      async link => {
        for (let stream = 0; stream < PONG_STREAMS; stream++) await link.stream(HALF_PONG, kit.signal)
        kit.count('streams', PONG_STREAMS)
      }
    )
}

const ANSWERS = 1_000
const HALF_ANSWER = halfSent(ANSWER_PROTOCOL, 100)

export const halfAnswers: Attack = {
  name: 'half-answers',
  shows: '6 claimed peers with 1,000 answers each that begin and never end, again every 5.5 s',
  run: kit =>
    crowd(
      kit,
      Array.from({ length: 6 }, () => claimedLink(kit)),
      async link => {
        for (let stream = 0; stream < ANSWERS; stream++) await link.stream(HALF_ANSWER, kit.signal)
        kit.count('streams', ANSWERS)
      }
    )
}

const NAME_BYTES = 60_000

/** A forged ask in the name of an SP: everything about it is right but its signature. */
function forgedAsk(asker: string, id: number): Uint8Array {
  const now = BigInt(Math.floor(Date.now() / 1_000))
  return encodeTask({
    ...EMPTY_TASK,
    task: { ...EMPTY_TASK_INFO, createTime: now, updateTime: now },
    objectInfo: completeObjectInfo({
      id: String(id),
      bucketName: 'photos',
      objectName: '\u0001'.repeat(NAME_BYTES),
      payloadSize: 1n << 20n
    }),
    storageParams: completeStorageParams(),
    askSpOperatorAddress: requireSpAddress('asker', asker),
    askSignature: new Uint8Array(65).fill(1)
  })
}

export const longNames: Attack = {
  name: 'long-names',
  shows: '100 forged asks a second, each with an object name of 60 KB',
  async run(kit) {
    const peers = Array.from({ length: 8 }, () => claimedLink(kit))
    const asker = localSigner(kit.spec.turned.operatorKey).operatorAddress
    let asks = 0
    await kit.every(100, async () => {
      const link = await peers[asks++ % peers.length]?.get()
      await link?.stream(Buffer.concat([prelude(ASK_PROTOCOL), forgedAsk(asker, asks)]), kit.signal, true)
      kit.count('asks', link === undefined ? 0 : 1)
    })
  }
}
