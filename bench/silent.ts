import { type Figure, figure, median } from './figures.js'
import { benchAsker, introduce, peerProcess, timeAsk } from './network.js'

const LIVE = 12
const SILENT = 8
const APPROVALS = 6

/**
 * 6 approvals of 12 live SPs, with 0 and with 8 further SPs that accept connections and never answer (their process is
 * stopped). Two askers in one process ask in turn, so that both arms see the same machine.
 */
export async function silent({ asks = 40 }: { readonly asks?: number } = {}): Promise<Figure[]> {
  const live = await peerProcess(LIVE)
  const mute = await peerProcess(SILENT)
  const healthy = await benchAsker(live.entries)
  const burdened = await benchAsker([...live.entries, ...mute.entries])
  try {
    introduce([live, mute], [healthy, burdened])
    await healthy.module.waitForSps(LIVE)
    await burdened.module.waitForSps(LIVE + SILENT)
    for (let i = 0; i < 50; i++) for (const asker of [healthy, burdened]) await timeAsk(asker, APPROVALS)
    mute.freeze()
    const without: number[] = []
    const withSilent: number[] = []
    for (let i = 0; i < asks; i++) {
      without.push(await timeAsk(healthy, APPROVALS))
      withSilent.push(await timeAsk(burdened, APPROVALS))
    }
    const ratio = median(withSilent) / median(without)
    return [
      figure(`${APPROVALS} of ${LIVE}, nobody silent`, 'ms', without, 'reference', () => true),
      figure(`${APPROVALS} of ${LIVE}, ${SILENT} more silent`, 'ms', withSilent, 'reference', () => true),
      figure(`${SILENT} silent against none`, 'ratio', [ratio], '≤ 1.2', value => value <= 1.2)
    ]
  } finally {
    await Promise.all([healthy.module.stop(), burdened.module.stop(), live.close(), mute.close()])
  }
}
