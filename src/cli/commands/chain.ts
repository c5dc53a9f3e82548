import type { Command } from 'commander'
import type { ChainView, NodeView } from '../../api/http/index.js'
import { daemonCommand } from '../shell/daemon-command.js'
import { print } from '../shell/output.js'

/** The status before the command and after it. */
type Done = (before: ChainView, after: ChainView) => string

const listTaken: Done = (before, after) =>
  before.alarm === after.alarm && before.sps === after.sps
    ? `nothing to do: no list is held back${after.alarm === null ? '' : `; still wrong: ${after.alarm}`}`
    : 'the held-back list is taken'

const heightBelieved: Done = before =>
  before.alarm === null ? 'the next height is believed, though none was refused' : 'the next height is believed'

export function registerChain(program: Command): void {
  const chain = program.command('chain').description("the operator's way out of a held-back list or height")
  for (const [name, description, done] of [
    ['confirm-list', 'take the SP list that is held back', listTaken],
    ['reset-height', 'believe the next height, whatever it is', heightBelieved]
  ] as const) {
    let before: ChainView
    daemonCommand<ChainView>(chain, {
      name,
      description,
      request: async client => {
        before = (await client.get<NodeView>('/api/v1/node')).chain
        return client.post(`/api/v1/chain/${name}`)
      },
      show: after => print(done(before, after))
    })
  }
}
