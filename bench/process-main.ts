/** A process of the bench: `fork('process-main.js', [KIND, DIR])`, where DIR is the checkout whose doors it loads. */
import { serve } from '../test/support/calls.js'
import { doorsOf } from './arms.js'
import { createCyclesCommands } from './cycles-commands.js'
import { createDriverCommands } from './driver-commands.js'
import { createNodeCommands } from './node-commands.js'

const [, , kind = '', dir = ''] = process.argv

const sets = {
  /** SPs that ask and answer. */
  nodes: async () => createNodeCommands(await doorsOf(dir)),
  /** Modules that start and stop. */
  cycles: async () => createCyclesCommands(await doorsOf(dir)),
  /** Peers that send asks as bytes; the same code for both arms. */
  driver: async () => createDriverCommands()
}

export type CommandSets = { readonly [Kind in keyof typeof sets]: Awaited<ReturnType<(typeof sets)[Kind]>> }

serve(await sets[kind as keyof typeof sets]())
