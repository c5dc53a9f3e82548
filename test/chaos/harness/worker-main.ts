/** A process of nodes: takes commands over IPC, ends with its parent. */
import { serve } from '../../support/calls.js'
import { createCommands } from './commands.js'

// Ctrl-C reaches the whole group; the parent ends us in its turn.
process.on('SIGINT', () => undefined)
serve(createCommands())
