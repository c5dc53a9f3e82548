import { CommanderError } from 'commander'
import { LifecycleError, messageOf, SpApprovalError } from '../../errors.js'
import { printable, printableJson, withoutUrlSecrets } from '../../kit/shown.js'
import { colors } from './output.js'
import { inCommands } from './words.js'

/** A wrong way to call a command. */
export class UsageError extends SpApprovalError {
  constructor(message: string) {
    super({ code: 'ERR_USAGE', message, httpStatus: 400, exitCode: 2 })
  }
}

/** Several errors at once: a line for each, one exit code. */
interface WithProblems {
  readonly problems: readonly string[]
}

/**
 * Writes an error to stderr, `error: … (CODE)` and its hint, or with `json` one object on one line, and gives the exit
 * code: 1 runtime, 2 usage or config, 3 not reachable, 4 insufficient approvals.
 */
export function fail(error: unknown, options: { readonly debug: boolean; readonly json: boolean }): number {
  const known = knownError(error)
  if (known === undefined) return 0
  const { code, exitCode, hint, problems } = known
  if (options.json) {
    const [message = 'a further word is missing', ...others] = problems.map(problem => oneLine(inCommands(problem)))
    const shown = {
      code,
      message,
      ...(others.length > 0 && { others }),
      ...(hint !== undefined && { hint: oneLine(inCommands(hint)) })
    }
    const stack = options.debug && error instanceof Error ? { stack: stackOf(error) } : {}
    process.stderr.write(`${printableJson(JSON.stringify({ error: { ...shown, exitCode, ...stack } }))}\n`)
    return exitCode
  }
  for (const problem of problems) {
    process.stderr.write(`${colors(process.stderr).red('error:')} ${oneLine(inCommands(problem))} (${code})\n`)
  }
  if (hint !== undefined) process.stderr.write(`${colors(process.stderr).dim('hint:')} ${oneLine(inCommands(hint))}\n`)
  if (options.debug && error instanceof Error) process.stderr.write(`${stackOf(error)}\n`)
  return exitCode
}

interface KnownError {
  readonly code: string
  readonly exitCode: number
  readonly hint: string | undefined
  readonly problems: readonly string[]
}

/** `undefined`: nothing went wrong, e.g. `--help`. */
function knownError(error: unknown): KnownError | undefined {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return undefined
    // a command that needs a further word: its help is on stderr already
    if (error.code === 'commander.help') return { code: 'ERR_USAGE', exitCode: 2, hint: undefined, problems: [] }
    const message = error.message.replace(/^error: /, '').replace(/\n\(Did you mean (.*)\?\)$/, ', did you mean $1?')
    return { code: 'ERR_USAGE', exitCode: 2, hint: undefined, problems: [message] }
  }
  if (error instanceof SpApprovalError) {
    // a service that did not start says why in the error it was stopped by
    const root = error instanceof LifecycleError && error.cause instanceof SpApprovalError ? error.cause : error
    const problems = hasProblems(root) ? root.problems : [root.message]
    return { code: root.code, exitCode: root.exitCode, hint: root.hint ?? hintOf(root.message), problems }
  }
  return {
    code: 'ERR_INTERNAL',
    exitCode: 1,
    hint: 'run it again with --debug for the stack',
    problems: [messageOf(error)]
  }
}

/** What the system said, in the words of an operator. */
const hintOf = (message: string): string | undefined =>
  /\bEADDRINUSE\b/.test(message)
    ? 'another process listens there: stop it, or give another address; with port 0 the system chooses one'
    : undefined

const hasProblems = (error: object): error is WithProblems => 'problems' in error && Array.isArray(error.problems)

/** Names of files and of remotes must not steer the terminal, and URLs not tell their secrets. */
const oneLine = (text: string): string =>
  printable(
    withoutUrlSecrets(text)
      .replace(/\p{Cc}+/gu, ' ')
      .trim()
  )

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : ''
  return `${error.stack ?? error.message}${cause}`
}
