import type { NodeOverview } from '../../../index.js'
import { print, printable, printJson, printPairs } from '../../shell/output.js'

interface Ready extends Pick<NodeOverview, 'peerId' | 'operatorAddress' | 'addresses' | 'version' | 'backend'> {
  readonly httpUrl: string
  readonly metricsUrl: string | undefined
  readonly probeUrl: string | undefined
  readonly file: string
  /** Where SPs and heights come from, for a person. */
  readonly chain: string
}

/** Tells the operator how to reach the started node: lines for a person, or one JSON line for a supervisor. */
export function printReady(ready: Ready, json: boolean): void {
  const { peerId, operatorAddress, addresses, httpUrl, metricsUrl, probeUrl, version, backend, file, chain } = ready
  if (json) {
    const node = { peerId, operatorAddress, addresses, httpUrl, metricsUrl, probeUrl, version, backend }
    printJson({ event: 'ready', ...node, pid: process.pid })
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
  print('ready; Ctrl-C stops')
}
