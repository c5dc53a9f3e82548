import { setTimeout as sleep } from 'node:timers/promises'
import type { NodeOverview, SpApproval } from '../../../index.js'
import { print, printable, printJson, printPairs } from '../../shell/output.js'

interface Started extends Pick<NodeOverview, 'peerId' | 'operatorAddress' | 'addresses' | 'version' | 'backend'> {
  readonly httpUrl: string
  readonly metricsUrl: string | undefined
  readonly probeUrl: string | undefined
  readonly file: string
  /** Other SPs that must be reachable before the node is ready. */
  readonly min: number
  /** Where SPs and heights come from, for a person. */
  readonly chain: string
}

/** Tells the operator how to reach the started node: lines for a person, or one JSON line for a supervisor. */
export function printStarted(started: Started, json: boolean): void {
  const { peerId, operatorAddress, addresses, httpUrl, metricsUrl, probeUrl, version, backend, file, chain } = started
  if (json) {
    const node = { peerId, operatorAddress, addresses, httpUrl, metricsUrl, probeUrl, version, backend }
    printJson({ event: 'started', ...node, pid: process.pid })
    return
  }
  printPairs([
    [
      'sp-approval',
      `${version}, signatures by ${backend}${backend === 'noble' ? ' (the native addon does not load here)' : ''}`
    ],
    ['config', file === '' ? 'defaults' : file],
    ['SP list', chain],
    ['SP address', operatorAddress],
    ['peer id', peerId ?? '-'],
    ...addresses.map((address, index) => [index === 0 ? 'addresses' : '', printable(address)] as const),
    ['HTTP API', `${httpUrl}/api/v1`],
    ['metrics', metricsUrl ?? 'off'],
    ...(probeUrl === undefined ? [] : [['probes', probeUrl] as const])
  ])
  print(`started, waiting for ${started.min} other SPs; Ctrl-C stops`)
}

/** Between two looks at a height that is not trusted yet. */
const POLL_MS = 500

/** Resolves when `/-/ready` says yes, with the number of other SPs reachable. @throws the reason of the signal */
export async function whenReady(module: SpApproval, min: number, signal: AbortSignal): Promise<number> {
  for (;;) {
    const reachable = await module.waitForSps(min, { signal })
    if (module.overview().height !== undefined) return reachable
    await sleep(POLL_MS, undefined, { signal, ref: false })
  }
}

export function printReady(reachable: number, min: number, json: boolean): void {
  if (json) printJson({ event: 'ready', reachable, min })
  else print(`ready: ${reachable} other SPs reachable`)
}
