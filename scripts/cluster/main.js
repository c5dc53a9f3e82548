// What every entry point does around its work: exit code, and one line for a mistake of the user.
import { UsageError } from './repository.js'

/** @param {() => Promise<number>} work resolves with the exit code */
export async function runMain(work) {
  try {
    process.exitCode = await work()
  } catch (error) {
    const usage = error instanceof UsageError
    process.stderr.write(`error: ${usage || !(error instanceof Error) ? (error.message ?? error) : error.stack}\n`)
    process.exitCode = usage ? 2 : 1
  }
  // Timers of a story that was interrupted must not keep us.
  process.exit()
}
