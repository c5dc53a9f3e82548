import type { Command } from 'commander'
import { action } from '../../action.js'
import { connect } from '../../client.js'
import { addDaemonOptions, type DaemonOptions } from '../../options.js'
import { print, printJson } from '../../output.js'

interface Chain {
  readonly alarm: string | null
  readonly sps: number
}

interface Way {
  readonly name: string
  readonly description: string
  /** What came of it, from the status before and after. */
  readonly done: (before: Chain, after: Chain) => string
}

const WAYS: readonly Way[] = [
  {
    name: 'confirm-list',
    description: 'take the SP list that is held back',
    done: (before, after) =>
      before.alarm === after.alarm && before.sps === after.sps
        ? `nothing to do: no list is held back${after.alarm === null ? '' : `; still wrong: ${after.alarm}`}`
        : 'the held-back list is taken'
  },
  {
    name: 'reset-height',
    description: 'believe the next height, whatever it is',
    done: before =>
      before.alarm === null ? 'the next height is believed, though none was refused' : 'the next height is believed'
  }
]

export function registerChain(program: Command): void {
  const chain = program.command('chain').description("the operator's way out of a held-back list or height")
  for (const { name, description, done } of WAYS) {
    const command = addDaemonOptions(chain.command(name).description(description))
    action<DaemonOptions>(command, async () => async options => {
      const client = await connect(options)
      const before = (await client.get<{ chain: Chain }>('/api/v1/node')).chain
      const after = await client.post<Chain>(`/api/v1/chain/${name}`)
      if (options.json === true) printJson(after)
      else print(done(before, after))
    })
  }
}
