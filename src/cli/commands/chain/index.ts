import type { Command } from 'commander'
import { action } from '../../action.js'
import { connect } from '../../client.js'
import { addDaemonOptions, type DaemonOptions } from '../../options.js'
import { print, printJson } from '../../output.js'

export function registerChain(program: Command): void {
  const chain = program.command('chain').description("the operator's way out of a held-back list or height")
  const commands = [
    ['confirm-list', 'take the SP list that is held back', 'the held-back list is taken'],
    ['reset-height', 'believe the next height, whatever it is', 'the next height is believed']
  ] as const
  for (const [name, description, done] of commands) {
    const command = addDaemonOptions(chain.command(name).description(description))
    action<DaemonOptions>(command, async () => async options => {
      const answer = await (await connect(options)).post(`/api/v1/chain/${name}`)
      if (options.json === true) printJson(answer)
      else print(done)
    })
  }
}
