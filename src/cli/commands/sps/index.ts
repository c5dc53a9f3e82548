import type { Command } from 'commander'
import { action } from '../../action.js'
import { connect } from '../../client.js'
import { addDaemonOptions, type DaemonOptions } from '../../options.js'
import { agoText, printJson, printTable } from '../../output.js'

interface Sp {
  readonly operatorAddress: string
  readonly endpoint: string
  readonly status: string
  readonly self: boolean
  readonly reachable: boolean
  readonly peers: number
  readonly connected: number
  readonly verified: number
  readonly lastSeen: number | null
  readonly fairness: {
    readonly asked: number
    readonly answered: number
    readonly accepted: number
    readonly lastAnswer: number | null
  }
}

/** NODES: connected / verified / known. */
const HEAD = ['SP', 'STATUS', 'REACHABLE', 'NODES', 'SEEN', 'LAST ANSWER', 'ASKED', 'ANSWERED', 'ACCEPTED', 'ENDPOINT']

export function registerSps(program: Command): void {
  const sps = program.command('sps').description('storage providers on the list')
  const ls = addDaemonOptions(sps.command('ls').description('list storage providers, and how each fared in our asks'))
  ls.addHelpText(
    'after',
    '\nNODES: connected / verified / known. The figures of asks count from the start of the daemon.'
  )
  action<DaemonOptions>(ls, async () => async options => {
    const answer = await (await connect(options)).get<{ sps: Sp[] }>('/api/v1/sps')
    if (options.json === true) return printJson({ sps: answer.sps })
    printTable(HEAD, answer.sps.map(row), 'the list has no SPs')
  })
}

const row = ({ fairness, ...sp }: Sp): string[] => [
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
