import { resetPairs } from '../frames.js'
import { type Attack, LastingLink } from '../kit.js'

/** 24 bytes each: 1.2 MB. */
const PAIRS = 50_000

export const rapidReset: Attack = {
  name: 'rapid-reset',
  shows: '50,000 streams opened and reset in one write of 1.2 MB, once a second',
  isShort: true,
  async run(kit) {
    const lasting = new LastingLink(kit)
    await kit.every(1, async () => {
      const link = await lasting.get()
      await link?.send(resetPairs(link.streams(PAIRS), PAIRS), kit.signal)
      kit.count('pairs', link === undefined ? 0 : PAIRS)
    })
  }
}
