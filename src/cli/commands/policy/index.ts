import type { Command } from 'commander'
import { action } from '../../action.js'
import { connect } from '../../client.js'
import { addDaemonOptions, type DaemonOptions } from '../../options.js'
import { print, printable, printJson, printTable } from '../../output.js'
import { readTaskFile } from '../ask/task-file.js'

interface Decision {
  readonly outcome: 'approve' | 'refuse'
  readonly rule: string
  readonly code?: string
  readonly reason: string
  readonly asker: string
}

export function registerPolicy(program: Command): void {
  const policy = program.command('policy').description('how asks of other SPs are decided')
  const ls = addDaemonOptions(policy.command('ls').description('list the rules in force, in their order'))
  action<DaemonOptions>(ls, async () => async options => {
    const client = await connect(options)
    const answer = await client.get<{ rules: { rule: string; text: string }[] }>('/api/v1/policy')
    if (options.json === true) return printJson(answer)
    const { policyAlarm } = await client.get<{ policyAlarm: string | null }>('/api/v1/node')
    // whoever looks after an edit must not take the old rules for the new ones
    if (policyAlarm !== null)
      process.stderr.write(`warning: the last edit is not in force: ${printable(policyAlarm)}\n`)
    printTable(
      ['RULE', 'DOES'],
      answer.rules.map(({ rule, text }) => [rule, text]),
      'no rules'
    )
  })

  const explain = addDaemonOptions(policy.command('explain').argument('<file>', 'task in proto3 JSON'))
    .description('run the policy on a task without answering')
    .option('--asker <address>', 'the asking SP (default: the one in the task)')
  action<DaemonOptions & { asker?: string }>(explain, async () => async (options, file = '') => {
    const task = readTaskFile(file)
    const body = { task, ...(options.asker !== undefined && { asker: options.asker }) }
    const decision = await (await connect(options)).post<Decision>('/api/v1/policy/explain', body)
    if (options.json === true) return printJson(decision)
    const code = decision.code === undefined ? '' : ` (${decision.code})`
    print(`${decision.outcome}${code} by ${decision.rule}: ${decision.reason}`)
  })
}
