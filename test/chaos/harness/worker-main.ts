/** A process of nodes: `fork('worker-main.js', [NAME])`; takes commands over IPC, ends with its parent. */
import { createCommands } from './commands.js'
import { type Request, type Response, run } from './worker.js'

const commands = createCommands()

// Ctrl-C reaches the whole group; the parent ends us in its turn.
process.on('SIGINT', () => undefined)
process.on('disconnect', () => process.exit(0))
process.on('message', (request: Request) => void answer(request))
process.send?.('ready')

async function answer({ id, name, args }: Request): Promise<void> {
  let response: Response
  try {
    response = { id, value: await run(commands, name, args) }
  } catch (error) {
    response = { id, error: `${name}: ${error instanceof Error ? error.message : String(error)}` }
  }
  if (process.connected) process.send?.(response)
}
