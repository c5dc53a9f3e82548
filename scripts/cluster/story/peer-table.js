const HEADING = ['node', 'peer id', 'state', 'connected', 'round trip', 'failures']

/**
 * The nodes that a node knows, in short; `sp-approval peers ls` prints all of it.
 * @param {import('./step.js').Network} network @param {import('./step.js').Node} node @param {string} [sp] its nodes only
 */
export async function peerTable(network, node, sp) {
  const { peers } = await node.api('/peers?limit=1000')
  const rows = peers
    .filter(peer => peer.peerId !== node.peerId && (sp === undefined || network.nameOf(peer.sp) === sp))
    .map(({ peerId, state, connected, rttMs, failures }) => [
      ...[network.nodeNameOf(peerId), `…${peerId.slice(-8)}`, state, connected ? 'yes' : 'no'],
      ...[rttMs === null ? '-' : `${rttMs.toFixed(1)} ms`, `${failures}`]
    ])
  return [HEADING, ...rows.sort(([a], [b]) => a.localeCompare(b))]
}
