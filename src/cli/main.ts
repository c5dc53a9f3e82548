#!/usr/bin/env node
/** The command `sp-approval`. Heavy parts are loaded by the command that needs them, so that `--help` is quick. */
import { forwardCluster } from './commands/cluster.js'
import { createProgram } from './program.js'
import { fail } from './shell/fail.js'

// the reader closed the pipe, as in `sp-approval tasks ls | head`: not an error
process.stdout.on('error', error => {
  if ('code' in error && error.code === 'EPIPE') process.exit(0)
  throw error
})

// a stderr that nobody reads any more must not end a daemon
process.stderr.on('error', () => undefined)

const argv = process.argv.slice(2)
const json = argv.includes('--json')
try {
  if (argv[0] === 'cluster') process.exitCode = await forwardCluster(argv.slice(1))
  else await createProgram({ json }).parseAsync(argv, { from: 'user' })
} catch (error) {
  process.exitCode = fail(error, { debug: argv.includes('--debug'), json })
}
