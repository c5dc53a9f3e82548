import type { Command } from 'commander'
import type { GlobalOptions } from './options.js'

/** What a command does. A number is its exit code; nothing means 0. */
// biome-ignore lint/suspicious/noConfusingVoidType: handlers that return nothing are meant
export type Handler<O extends GlobalOptions> = (options: O, ...args: (string | undefined)[]) => Promise<number | void>

/** Binds a command to its handler, which is loaded when the command runs. */
export function action<O extends GlobalOptions>(command: Command, load: () => Promise<Handler<O>>): Command {
  return command.action(async (...all: unknown[]) => {
    const self = all.at(-1) as Command
    const handler = await load()
    process.exitCode =
      (await handler(self.optsWithGlobals<O>(), ...(self.processedArgs as (string | undefined)[]))) ?? 0
  })
}
