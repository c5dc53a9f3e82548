import type { Command } from 'commander'
import type { DecisionView, NodeView, PolicyView } from '../../api/http/index.js'
import type { DaemonClient } from '../shell/client.js'
import { daemonCommand } from '../shell/daemon-command.js'
import type { DaemonOptions } from '../shell/options.js'
import { print, printable } from '../shell/output.js'
import { readTaskFile } from '../shell/task-file.js'

export function registerPolicy(program: Command): void {
  const policy = program.command('policy').description('how asks of other SPs are decided')
  daemonCommand<PolicyView>(policy, {
    name: 'ls',
    description: 'list the rules in force, in their order',
    request: async (client, { json }) => {
      if (json !== true) await warnOfOldRules(client)
      return client.get('/api/v1/policy')
    },
    show: {
      head: ['RULE', 'DOES'],
      rows: ({ rules }) => rules.map(({ rule, text }) => [rule, text]),
      empty: 'no rules'
    }
  })
  daemonCommand<DecisionView, DaemonOptions & { readonly asker?: string }>(policy, {
    name: 'explain',
    argument: ['<file>', 'task in proto3 JSON'],
    description: 'run the policy on a task without answering',
    options: [['--asker <address>', 'the asking SP (default: the one in the task)']],
    check: (_options, file) => void readTaskFile(file),
    request: (client, { asker }, file) =>
      client.post('/api/v1/policy/explain', { task: readTaskFile(file), ...(asker !== undefined && { asker }) }),
    show: ({ outcome, rule, code, reason }) =>
      print(`${outcome}${code === undefined ? '' : ` (${code})`} by ${rule}: ${reason}`)
  })
}

/** After an edit that is refused the old rules must not be taken for the new ones. */
async function warnOfOldRules(client: DaemonClient): Promise<void> {
  const { policyAlarm } = await client.get<NodeView>('/api/v1/node')
  if (policyAlarm === null) return
  process.stderr.write(`warning: the last edit is not in force: ${printable(policyAlarm)}\n`)
}
