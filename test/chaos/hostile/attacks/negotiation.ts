import { line, repeated } from '../frames.js'
import { type Attack, LastingLink } from '../kit.js'

const BURST_BYTES = 256 * 1_024
/** Lines on a stream, within its first window. */
const STREAM_BURST_BYTES = 192 * 1_024
const WAIT_MS = 2_000
/** The shortest name of a protocol that nobody speaks. */
const UNKNOWN = repeated(line('a'), BURST_BYTES)
const LIST = repeated(line('ls'), STREAM_BURST_BYTES)
const HEADER = line('/multistream/1.0.0')

/** Before Noise: a stranger that nothing is known of yet. */
export const rawNegotiation: Attack = {
  name: 'negotiation-raw',
  shows: '256 KiB of unknown protocol names before Noise, twice a second',
  isShort: true,
  run: kit =>
    kit.every(2, async () => {
      const socket = await kit.socket()
      socket?.write(HEADER)
      socket?.write(UNKNOWN)
      await kit.until(WAIT_MS)
      kit.count('bytes answered', socket?.bytesRead ?? 0)
      socket?.destroy()
    })
}

/** After Noise, where the muxer is agreed on. */
export const encryptedNegotiation: Attack = {
  name: 'negotiation-encrypted',
  shows: '256 KiB of unknown protocol names after Noise, twice a second',
  run: kit =>
    kit.every(2, async () => {
      const link = await kit.link({ muxed: false })
      await link?.send(HEADER, kit.signal)
      await link?.send(UNKNOWN, kit.signal)
      await kit.until(WAIT_MS)
      link?.end()
    })
}

export const streamNegotiation: Attack = {
  name: 'negotiation-streams',
  shows: '192 KiB of `ls` lines, and then of unknown names, each on a stream of its own, four times a second',
  async run(kit) {
    const lasting = new LastingLink(kit)
    let turn = 0
    await kit.every(4, async () => {
      const lines = turn++ % 2 === 0 ? LIST : UNKNOWN.subarray(0, STREAM_BURST_BYTES)
      await (await lasting.get())?.stream(Buffer.concat([HEADER, lines]), kit.signal)
      kit.count('streams')
    })
  }
}
