const HEADING = ['node', 'peer id', 'state', 'connected', 'round trip', 'failures']

/**
 * The nodes that a node knows, in short; `sp-approval peers ls` prints all of it.
 * @param {import('./step.js').Network} network @param {import('./step.js').Node} node @param {string} when
 * @returns {Promise<import('./step.js').Table>}
 */
export async function peerTable(network, node, when) {
  const { peers } = await node.api('/peers?limit=1000')
  const rows = peers
    .filter(({ peerId }) => peerId !== node.peerId)
    .map(({ peerId, state, connected, rttMs, failures }) => [
      ...[network.nodeNameOf(peerId), `…${peerId.slice(-8)}`, state, connected ? 'yes' : 'no'],
      ...[rttMs === null ? '-' : `${rttMs.toFixed(1)} ms`, `${failures}`]
    ])
  const caption = `Peers of ${node.name} ${when}, as sp-approval peers ls has them (hint: listed, not yet dialled by ${node.name}):`
  return { caption, rows: [HEADING, ...rows.sort(([a], [b]) => a.localeCompare(b))] }
}
