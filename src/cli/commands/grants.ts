import type { Command } from 'commander'
import type { GrantListView, GrantView, NodeView } from '../../api/http/index.js'
import { formatSize } from '../../domain/units.js'
import { action } from '../shell/action.js'
import { connect } from '../shell/client.js'
import { daemonCommand, queryOf } from '../shell/daemon-command.js'
import { UsageError } from '../shell/fail.js'
import { addDaemonOptions, type DaemonOptions } from '../shell/options.js'
import { print, printJson, printPairs } from '../shell/output.js'

interface LsOptions extends DaemonOptions {
  readonly asker?: string
  readonly state?: string
}

export function registerGrants(program: Command): void {
  const grants = program.command('grants').description('approvals we gave, and the capacity they hold')
  daemonCommand<GrantListView, LsOptions>(grants, {
    name: 'ls',
    description: 'list grants',
    options: [
      ['--asker <address>', 'only those given to this SP'],
      ['--state <state>', 'live, consumed, released or expired']
    ],
    request: (client, { asker, state }) => client.get(`/api/v1/grants${queryOf({ asker, state })}`),
    show: {
      head: ['KEY', 'STATE', 'RESERVED', 'UNTIL HEIGHT', 'TASK'],
      rows: answer =>
        answer.grants.map(({ key, state, reservedBytes, expiredHeight, taskKey }) => [
          key,
          state,
          formatSize(BigInt(reservedBytes)),
          expiredHeight,
          taskKey
        ]),
      empty: 'no grants'
    }
  })
  daemonCommand<GrantView>(grants, {
    name: 'show <key>',
    description: 'show one grant, KEY is ASKER/OBJECTID',
    request: (client, _options, key) => client.get(pathOf(key)),
    show: grant =>
      printPairs([
        ['key', grant.key],
        ['state', grant.state],
        ['task', grant.taskKey],
        ['reserved', formatSize(BigInt(grant.reservedBytes))],
        ['height', `from ${grant.grantedHeight} until ${grant.expiredHeight}`],
        ['granted', new Date(grant.grantedAt).toISOString()]
      ])
  })
  for (const [name, done, description] of [
    ['release', 'released', 'give the capacity of a grant back'],
    ['consume', 'consumed', 'the pieces have come: the grant is used']
  ] as const) {
    daemonCommand(grants, {
      name: `${name} <key>`,
      description,
      request: (client, _options, key) => client.post(`${pathOf(key)}/${name}`),
      show: (_answer, _options, key) => print(`${done} ${key}`)
    })
  }
  registerReset(grants)
}

function registerReset(grants: Command): void {
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
    const before = await client.get<NodeView>('/api/v1/node')
    const answer = await client.post<NodeView>('/api/v1/grants/reset', { acceptLoss: true })
    if (options.json === true) printJson(answer)
    else if (before.store.state === 'ready') print('nothing to do: no grant was lost, this node grants')
    else print('the loss is accepted: this node grants again')
  })
}

const pathOf = (key: string): string => `/api/v1/grants/${encodeURIComponent(key)}`
