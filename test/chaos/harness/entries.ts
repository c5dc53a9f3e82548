import { parsePeerId, requireSpAddress, type SpEntry } from '../../../src/index.js'
import type { NodeInfo } from './nodes.js'

/** An SP's place on a list; without nodes, or without their addresses, where the list is not to tell them. */
export function listed(
  sp: string,
  nodes: readonly { readonly peerId: string; readonly addresses: readonly string[] }[] = []
): SpEntry {
  return {
    operatorAddress: requireSpAddress('sp', sp),
    approvalAddress: '',
    endpoint: '',
    status: 'IN_SERVICE',
    nodes: nodes.flatMap(({ peerId, addresses }) => {
      const parsed = parsePeerId(peerId)
      return parsed === undefined ? [] : [{ peerId: parsed, addresses }]
    })
  }
}

/** The entry of a node that runs. */
export const entryOf = (info: NodeInfo, { open = false } = {}): SpEntry => listed(info.sp, open ? [] : [info])
