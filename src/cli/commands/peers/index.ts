import type { Command } from 'commander'
import { action } from '../../action.js'
import { connect, type DaemonClient } from '../../client.js'
import { addDaemonOptions, type DaemonOptions } from '../../options.js'
import { printJson, printTable } from '../../output.js'

interface Peer {
  readonly peerId: string
  readonly sp: string | null
  readonly state: string
  readonly connected: boolean
  readonly rttMs: number | null
  readonly failures: number
  readonly addresses: readonly string[]
}

interface LsOptions extends DaemonOptions {
  readonly sp?: string
  readonly state?: string
}

export function registerPeers(program: Command): void {
  const peers = program.command('peers').description('nodes of storage providers')
  const ls = addDaemonOptions(peers.command('ls').description('list known nodes'))
    .option('--sp <address>', 'only those of this SP')
    .option('--state <state>', 'only those in this state: hint, claimed or verified')
  action<LsOptions>(ls, async () => async options => {
    const found = await allPeers(await connect(options), options)
    if (options.json === true) return printJson({ peers: found })
    printTable(['PEER', 'SP', 'STATE', 'CONNECTED', 'RTT', 'FAILURES', 'ADDRESS'], found.map(row), 'no peers known')
  })
}

const row = (peer: Peer): string[] => [
  peer.peerId,
  peer.sp ?? '?',
  peer.state,
  peer.connected ? 'yes' : 'no',
  peer.rttMs === null ? '-' : `${peer.rttMs.toFixed(1)}ms`,
  `${peer.failures}`,
  peer.addresses[0] ?? '-'
]

/** Follows the pages to the end. */
async function allPeers(client: DaemonClient, { sp, state }: LsOptions): Promise<Peer[]> {
  const found: Peer[] = []
  let cursor: string | null = null
  do {
    const query = new URLSearchParams({
      limit: '1000',
      ...(sp && { sp }),
      ...(state && { state }),
      ...(cursor && { cursor })
    })
    const page: { peers: Peer[]; nextCursor: string | null } = await client.get(`/api/v1/peers?${query}`)
    found.push(...page.peers)
    cursor = page.nextCursor
  } while (cursor !== null)
  return found
}
