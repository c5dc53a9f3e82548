import type { Command } from 'commander'
import { action } from '../../action.js'
import { connect } from '../../client.js'
import { addDaemonOptions, type DaemonOptions } from '../../options.js'
import { printJson, printTable } from '../../output.js'

interface Sp {
  readonly operatorAddress: string
  readonly endpoint: string
  readonly status: string
  readonly self: boolean
  readonly reachable: boolean
  readonly peers: number
  readonly nodes: readonly object[]
}

export function registerSps(program: Command): void {
  const sps = program.command('sps').description('storage providers on the list')
  const ls = addDaemonOptions(sps.command('ls').description('list storage providers'))
  action<DaemonOptions>(ls, async () => async options => {
    const answer = await (await connect(options)).get<{ sps: Sp[] }>('/api/v1/sps')
    if (options.json === true) return printJson({ sps: answer.sps })
    printTable(['SP', 'STATUS', 'REACHABLE', 'NODES', 'ENDPOINT'], answer.sps.map(row), 'the list has no SPs')
  })
}

const row = (sp: Sp): string[] => [
  sp.operatorAddress,
  sp.status,
  sp.self ? 'self' : sp.reachable ? 'yes' : 'no',
  `${Math.max(sp.peers, sp.nodes.length)}`,
  sp.endpoint === '' ? '-' : sp.endpoint
]
