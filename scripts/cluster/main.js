// What every entry point does around its work: exit code, and one line for a mistake of the user.
import { ProcessError } from './processes.js'
import { UsageError } from './repository.js'

/** @param {() => Promise<number>} work resolves with the exit code */
export async function runMain(work) {
  try {
    process.exitCode = await work()
  } catch (error) {
    process.stderr.write(`error: ${shown(error)}\n`)
    process.exitCode = error instanceof UsageError ? 2 : 1
  }
  // Timers of a story that was interrupted must not keep us.
  process.exit()
}

/** @param {unknown} error */
function shown(error) {
  if (error instanceof UsageError) return error.message
  if (error instanceof ProcessError) return `${error.message}\n${error.logTail.replaceAll(/^/gm, '  | ')}`
  return error instanceof Error ? error.stack : String(error)
}
