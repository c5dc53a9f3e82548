import type { Command } from 'commander'
import { action } from './action.js'
import { connect, type DaemonClient } from './client.js'
import { addDaemonOptions, type DaemonOptions } from './options.js'
import { printJson, printTable, spin } from './output.js'

/** A table of an answer's entries, and the sentence that stands for none. */
export interface TableOf<T> {
  readonly head: readonly string[]
  readonly rows: (answer: T) => readonly (readonly string[])[]
  readonly empty: string
}

/** A command that asks the running daemon for something and prints the answer: as JSON, or for people. */
export interface DaemonCommand<T, O extends DaemonOptions> {
  /** With its arguments, e.g. `show <key>`. */
  readonly name: string
  readonly description: string
  /** Of the one argument, for the help. */
  readonly argument?: readonly [name: string, description: string]
  readonly options?: readonly (readonly [flags: string, description: string, initial?: string])[]
  readonly help?: string
  /** Checks what can be checked without a daemon. @throws UsageError */
  readonly check?: (options: O, argument: string) => void
  /** What a terminal shows while the daemon works. */
  readonly waiting?: string
  readonly request: (client: DaemonClient, options: O, argument: string) => Promise<T>
  /** A table, or whatever prints the answer. */
  readonly show: TableOf<T> | ((answer: T, options: O, argument: string) => void)
}

export function daemonCommand<T, O extends DaemonOptions = DaemonOptions>(
  parent: Command,
  { name, description, argument, options = [], help, check, waiting, request, show }: DaemonCommand<T, O>
): void {
  const command = addDaemonOptions(parent.command(name).description(description))
  if (argument !== undefined) command.argument(...argument)
  for (const [flags, text, initial] of options) command.option(flags, text, initial)
  if (help !== undefined) command.addHelpText('after', `\n${help}`)
  action<O>(command, async () => async (given, word = '') => {
    check?.(given, word)
    const client = await connect(given)
    const work = (): Promise<T> => request(client, given, word)
    const answer = waiting === undefined ? await work() : await spin(waiting, given, work)
    if (given.json === true) printJson(answer)
    else if (typeof show === 'function') show(answer, given, word)
    else printTable(show.head, show.rows(answer), show.empty)
  })
}

/** `?a=1&b=2` of what was given; nothing where nothing was. */
export function queryOf(values: Readonly<Record<string, string | number | undefined>>): string {
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== '')
  const query = new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)]))
  return query.size === 0 ? '' : `?${query}`
}
