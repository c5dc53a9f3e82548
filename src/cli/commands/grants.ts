import type { Command } from 'commander'
import type { GrantListView, GrantView, NodeView } from '../../api/http/index.js'
import { formatSize } from '../../domain/units.js'
import { daemonCommand, queryOf } from '../shell/daemon-command.js'
import { UsageError } from '../shell/fail.js'
import type { DaemonOptions } from '../shell/options.js'
import { print, printPairs } from '../shell/output.js'

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
  let lost = false
  daemonCommand<NodeView, DaemonOptions & { readonly acceptLoss?: boolean }>(grants, {
    name: 'reset',
    description: 'grant again after a damaged grant store',
    options: [['--accept-loss', 'promises that were lost may be broken; this accepts it']],
    check: ({ acceptLoss }) => {
      if (acceptLoss === true) return
      throw new UsageError(
        'grants reset: expected --accept-loss, since promises that were lost may be broken, got nothing'
      )
    },
    request: async client => {
      lost = (await client.get<NodeView>('/api/v1/node')).store.state !== 'ready'
      return client.post('/api/v1/grants/reset', { acceptLoss: true })
    },
    show: () =>
      print(
        lost ? 'the loss is accepted: this node grants again' : 'nothing to do: no grant was lost, this node grants'
      )
  })
}

const pathOf = (key: string): string => `/api/v1/grants/${encodeURIComponent(key)}`
