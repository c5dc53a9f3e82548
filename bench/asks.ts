import { type Figure, figure } from './figures.js'
import { benchAsker, introduce, peerProcess, timeAsk } from './network.js'

/** Medians of the Go original, measured on 2 shared cores with its own node code; ms. */
const GO = new Map([
  [7, 5.3],
  [12, 6.4],
  [16, 8.1],
  [19, 8.7]
])
const GO_ALL_OF_63 = 38.6

/** 6 approvals of 7, 12, 16 and 19 warm SPs, and all of 63, the SPs in a process of their own. */
export async function asks({ asks = 40 }: { readonly asks?: number } = {}): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const [sps, go] of GO) {
    const samples = await warm(sps, 6, asks)
    figures.push(figure(`6 of ${sps}, warm (Go ${go} ms)`, 'ms', samples, `≤ ${go / 2}`, value => value <= go / 2))
  }
  const all = await warm(63, 63, asks)
  figures.push(figure(`63 of 63, warm (Go ${GO_ALL_OF_63} ms)`, 'ms', all, '≤ 20', value => value <= 20))
  return figures
}

async function warm(sps: number, approvals: number, asks: number): Promise<number[]> {
  const peers = await peerProcess(sps)
  const asker = await benchAsker(peers.entries)
  try {
    introduce([peers], [asker])
    await asker.module.waitForSps(sps)
    for (let i = 0; i < 200; i++) await timeAsk(asker, approvals)
    const samples: number[] = []
    for (let i = 0; i < asks; i++) samples.push(await timeAsk(asker, approvals))
    return samples
  } finally {
    await Promise.all([asker.module.stop(), peers.close()])
  }
}
