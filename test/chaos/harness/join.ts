import { joinBytes } from '../../../src/chain/coordinator/messages.js'
import { keccak256 } from '../../../src/codec/keccak.js'
import { localSigner } from '../../../src/index.js'
import { NETWORK } from './chains.js'
import type { Network } from './network.js'
import type { NodeInfo } from './nodes.js'

/** What an operator does who puts up new nodes in place of all others: a signed join that names these and no more. */
export async function replaceNodes(
  network: Network,
  operatorKey: Uint8Array,
  nodes: readonly NodeInfo[]
): Promise<void> {
  const signer = localSigner(operatorKey)
  // Above what the nodes' own joins have used and may use soon.
  const time = Date.now()
  const join = {
    network: NETWORK,
    coordinator: network.coordinator.publicKey,
    operatorAddress: signer.operatorAddress,
    approvalAddress: '',
    endpoint: '',
    nodes: nodes.map(({ peerId, addresses }) => ({ peerId, addresses })),
    replace: true,
    serial: time + 5_000,
    time
  }
  const message = joinBytes(join)
  const signature = await signer.sign(keccak256(message), { type: 'join', message })
  const response = await fetch(new URL('v1/join', network.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...join, signature: `0x${Buffer.from(signature).toString('hex')}` })
  })
  if (!response.ok) throw new Error(`join: expected it to be taken, got ${response.status} ${await response.text()}`)
}
