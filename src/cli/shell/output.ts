/** What commands write to stdout: tables for people, JSON for programs. */
import Table from 'cli-table3'
import pc from 'picocolors'
import { printable, printableJson } from '../../kit/shown.js'

export { printable }

/** Colours where the stream is a terminal; NO_COLOR and FORCE_COLOR are honoured. */
export function colors(stream: { readonly isTTY?: boolean }): ReturnType<typeof pc.createColors> {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env
  if (NO_COLOR !== undefined && NO_COLOR !== '') return pc.createColors(false)
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== '' && FORCE_COLOR !== '0') return pc.createColors(true)
  return pc.createColors(stream.isTTY === true && TERM !== 'dumb')
}

export const print = (text: string): void => {
  process.stdout.write(`${text}\n`)
}

/** For a daemon: it does not end with the reader of its output, or with the room for it. */
export const outliveOutput = (): void => {
  process.stdout.removeAllListeners('error').on('error', () => undefined)
}

/** One JSON value on one line. */
export const printJson = (value: unknown): void => print(printableJson(JSON.stringify(value, bigintAsText)))

const bigintAsText = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? value.toString() : value)

const DEFAULT_COLUMNS = 80

/** The parts of a table's frame as cli-table3 names them. */
const FRAME = [
  ...['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'],
  ...['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid']
]
const NO_LINES = { ...Object.fromEntries(FRAME.map(part => [part, ''])), middle: '  ' }

/** A table without lines; a sentence where there is nothing to list. */
export function printTable(head: readonly string[], rows: readonly (readonly string[])[], empty: string): void {
  if (rows.length === 0) {
    print(empty)
    return
  }
  const paint = colors(process.stdout)
  const table = new Table({
    head: head.map(title => paint.bold(title)),
    chars: NO_LINES,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 }
  })
  for (const row of rows) table.push(row.map(printable))
  // cli-table3 pads the last column too
  print(table.toString().replace(/ +$/gm, ''))
}

/** A moment as its distance from now: `4s ago`, `-` where there is none. */
export function agoText(unixMs: number | null): string {
  if (unixMs === null) return '-'
  const seconds = Math.max(0, Math.round((Date.now() - unixMs) / 1_000))
  if (seconds < 120) return `${seconds}s ago`
  if (seconds < 7_200) return `${Math.floor(seconds / 60)}m ago`
  return seconds < 172_800 ? `${Math.floor(seconds / 3_600)}h ago` : `${Math.floor(seconds / 86_400)}d ago`
}

/** Pairs of a name and a value, one a line. */
export function printPairs(pairs: readonly (readonly [name: string, value: string])[]): void {
  const width = Math.max(...pairs.map(([name]) => name.length))
  for (const [name, value] of pairs) print(`${name.padEnd(width)}  ${printable(value)}`)
}

/**
 * Shows on a terminal that something is waited for: moving where the terminal can show that, one plain line otherwise.
 * Anywhere else, e.g. in a pipe, it only waits.
 */
export async function spin<T>(text: string, options: { readonly json?: boolean }, work: () => Promise<T>): Promise<T> {
  const { stderr } = process
  if (options.json === true || !stderr.isTTY) return work()
  if (!canMove(stderr)) {
    stderr.write(`${text} ...\n`)
    return work()
  }
  const { default: ora } = await import('ora')
  // stdin stays as it is, so that Ctrl-C is heard
  const spinner = ora({ text, stream: neverNarrow(stderr), discardStdin: false }).start()
  try {
    return await work()
  } finally {
    spinner.stop()
  }
}

/** CI and cron give terminals of no width; NO_COLOR asks for text without escape codes. */
const canMove = ({ columns }: { readonly columns: number }): boolean =>
  columns > 0 && process.env.TERM !== 'dumb' && (process.env.NO_COLOR ?? '') === ''

/** ora clears `width / columns` lines: without end on a terminal that is drawn to no width meanwhile. */
const neverNarrow = (stream: NodeJS.WriteStream): NodeJS.WriteStream =>
  Object.create(stream, { columns: { get: () => stream.columns || DEFAULT_COLUMNS } })
