import type { Command } from 'commander'
import type { SpListView, SpView } from '../../api/http/index.js'
import { daemonCommand } from '../shell/daemon-command.js'
import { agoText } from '../shell/output.js'

const HEAD = ['SP', 'STATUS', 'REACHABLE', 'NODES', 'SEEN', 'LAST ANSWER', 'ASKED', 'ANSWERED', 'ACCEPTED', 'ENDPOINT']

export function registerSps(program: Command): void {
  const sps = program.command('sps').description('storage providers on the list')
  daemonCommand<SpListView>(sps, {
    name: 'ls',
    description: 'list storage providers, and how each fared in our asks',
    help: 'NODES: connected / verified / known. The figures of asks count from the start of the daemon.',
    request: client => client.get('/api/v1/sps'),
    show: { head: HEAD, rows: answer => answer.sps.map(row), empty: 'the list has no SPs' }
  })
}

const row = ({ fairness, ...sp }: SpView): string[] => [
  sp.operatorAddress,
  sp.status,
  sp.self ? 'self' : sp.reachable ? 'yes' : 'no',
  `${sp.connected}/${sp.verified}/${sp.peers}`,
  sp.self ? '-' : agoText(sp.lastSeen),
  agoText(fairness.lastAnswer),
  `${fairness.asked}`,
  `${fairness.answered}`,
  `${fairness.accepted}`,
  sp.endpoint === '' ? '-' : sp.endpoint
]
