import type { Command } from 'commander'
import { formatSize } from '../../../domain/units.js'
import { action } from '../../action.js'
import { connect } from '../../client.js'
import { UsageError } from '../../fail.js'
import { addDaemonOptions, type DaemonOptions } from '../../options.js'
import { print, printJson, printPairs, printTable } from '../../output.js'

interface Grant {
  readonly key: string
  readonly asker: string
  readonly taskKey: string
  readonly reservedBytes: string
  readonly expiredHeight: string
  readonly grantedHeight: string
  readonly grantedAt: number
  readonly state: string
}

interface Node {
  readonly store: { readonly state: string }
}

interface LsOptions extends DaemonOptions {
  readonly asker?: string
  readonly state?: string
}

export function registerGrants(program: Command): void {
  const grants = program.command('grants').description('approvals we gave, and the capacity they hold')
  const ls = addDaemonOptions(grants.command('ls').description('list grants'))
    .option('--asker <address>', 'only those given to this SP')
    .option('--state <state>', 'live, consumed, released or expired')
  action<LsOptions>(ls, async () => async options => {
    const { asker, state } = options
    const query = new URLSearchParams({ ...(asker && { asker }), ...(state && { state }) })
    const answer = await (await connect(options)).get<{ grants: Grant[] }>(`/api/v1/grants?${query}`)
    if (options.json === true) return printJson(answer)
    printTable(['KEY', 'STATE', 'RESERVED', 'UNTIL HEIGHT', 'TASK'], answer.grants.map(row), 'no grants')
  })

  const show = addDaemonOptions(
    grants.command('show').argument('<key>').description('show one grant, KEY is ASKER/OBJECTID')
  )
  action<DaemonOptions>(show, async () => async (options, key = '') => {
    const grant = await (await connect(options)).get<Grant>(`/api/v1/grants/${encodeURIComponent(key)}`)
    if (options.json === true) return printJson(grant)
    printPairs([
      ['key', grant.key],
      ['state', grant.state],
      ['task', grant.taskKey],
      ['reserved', formatSize(BigInt(grant.reservedBytes))],
      ['height', `from ${grant.grantedHeight} until ${grant.expiredHeight}`],
      ['granted', new Date(grant.grantedAt).toISOString()]
    ])
  })

  for (const [name, done] of [
    ['release', 'released'],
    ['consume', 'consumed']
  ] as const) {
    const what = name === 'release' ? 'give the capacity of a grant back' : 'the pieces have come: the grant is used'
    const command = addDaemonOptions(grants.command(name).argument('<key>').description(what))
    action<DaemonOptions>(command, async () => async (options, key = '') => {
      const answer = await (await connect(options)).post(`/api/v1/grants/${encodeURIComponent(key)}/${name}`)
      if (options.json === true) printJson(answer)
      else print(`${done} ${key}`)
    })
  }

  const reset = addDaemonOptions(grants.command('reset').description('grant again after a damaged grant store')).option(
    '--accept-loss',
    'promises that were lost may be broken; this accepts it'
  )
  action<DaemonOptions & { acceptLoss?: boolean }>(reset, async () => async options => {
    if (options.acceptLoss !== true) {
      throw new UsageError(
        'grants reset: expected --accept-loss, since promises that were lost may be broken, got nothing'
      )
    }
    const client = await connect(options)
    const before = await client.get<Node>('/api/v1/node')
    const answer = await client.post('/api/v1/grants/reset', { acceptLoss: true })
    if (options.json === true) printJson(answer)
    else if (before.store.state === 'ready') print('nothing to do: no grant was lost, this node grants')
    else print('the loss is accepted: this node grants again')
  })
}

const row = (grant: Grant): string[] => [
  grant.key,
  grant.state,
  formatSize(BigInt(grant.reservedBytes)),
  grant.expiredHeight,
  grant.taskKey
]
