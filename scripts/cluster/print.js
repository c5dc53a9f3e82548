// How the cluster and the demo look on a terminal, in a pipe and as JSON.
import { relative } from 'node:path'
import { styleText } from 'node:util'
import { bin } from './repository.js'
import { seconds } from './story/step.js'

const { NO_COLOR = '', TERM } = process.env
/** Colours on a terminal only; `NO_COLOR` is honoured. @param {Parameters<typeof styleText>[0]} style */
const paint = style =>
  process.stdout.isTTY && NO_COLOR === '' && TERM !== 'dumb' ? text => styleText(style, text) : text => text
const bold = paint('bold')
const dim = paint('dim')
const green = paint('green')
const red = paint('red')

const print = text => process.stdout.write(`${text}\n`)
/** Text in lines of at most this width, so that a story reads well. */
const WIDTH = 100

/** @param {string} text @param {string} indent */
function wrap(text, indent) {
  const lines = ['']
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? ''
    if (last !== '' && indent.length + last.length + 1 + word.length > WIDTH) lines.push(word)
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`
  }
  return lines.map(line => indent + line).join('\n')
}

/** @typedef {{ name: string, ok: boolean, detail: string, elapsedMs: number }} StepResult */
/** @typedef {{ name: string, text: string }} LogTail */
/**
 * @typedef {object} Teller
 * @property {() => void} begin
 * @property {(number: number, step: import('./story/step.js').Step) => void} step
 * @property {(result: StepResult, more: { table?: import('./story/step.js').Table, logTail?: LogTail }) => void} result
 * @property {(steps: readonly StepResult[], ok: boolean, elapsedMs: number) => void} end
 */

/** @type {Teller} */
export const textTeller = {
  begin: () => print(bold('libp2p-sp-approval: one ask for replication, and what may happen to it\n')),
  step: (number, { title, why }) => print(`${wrap(bold(`${number}. ${title}`), '')}\n${dim(wrap(why, '   '))}`),
  result({ ok, detail, elapsedMs }, { table: shown, logTail }) {
    const mark = ok ? green('✓') : red('✗')
    print(`${wrap(`${mark} ${detail}`, '   ')} ${dim(`[${seconds(elapsedMs)}]`)}\n`)
    if (shown !== undefined) print(`${wrap(shown.caption, '   ')}\n${table(shown.rows).replaceAll(/^/gm, '   ')}\n`)
    if (logTail !== undefined && logTail.text !== '') print(`${shownTail(logTail)}\n`)
  },
  end(steps, ok, elapsedMs) {
    const held = steps.filter(step => step.ok).length
    print(`${ok ? green('ok') : red('failed')}: ${held} of ${steps.length} steps held, ${seconds(elapsedMs)}`)
  }
}

/** @param {LogTail} tail */
const shownTail = ({ name, text }) => `   end of ${name}'s log:\n${text.replaceAll(/^/gm, '   | ')}`

/** One object at the end and nothing else on stdout; the log of a step that did not hold goes to stderr. @type {Teller} */
export const jsonTeller = {
  begin: () => undefined,
  step: () => undefined,
  result(_, { logTail }) {
    if (logTail !== undefined && logTail.text !== '') process.stderr.write(`${shownTail(logTail)}\n`)
  },
  end: (steps, ok) => print(JSON.stringify({ ok, steps }))
}

/** @param {readonly string[][]} rows the first one is the heading */
export function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map(row => row[column].length)))
  return rows
    .map((row, index) => {
      const line = row
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd()
      return index === 0 ? bold(line) : line
    })
    .join('\n')
}

/** A path as one would type it here. @param {string} path */
const nearest = path => {
  const here = relative(process.cwd(), path)
  return here.startsWith('..') ? path : here
}

/** @param {import('./network.js').Network} network */
export function showNetwork(network) {
  const rows = network.nodes.map(node => [
    node.name,
    node.operatorAddress,
    node.peerId,
    node.httpUrl,
    `${node.process?.identity.pid}`
  ])
  const [first] = network.nodes
  const command = `node ${nearest(bin)}`
  const at = `-c ${nearest(first.configFile)}`
  print(table([['', 'operator address', 'peer id', 'HTTP API', 'pid'], ...rows]))
  print(`
coordinator ${network.coordinatorUrl}, folder ${network.dir}

Ask for an object, and query the running task by a part of its key (its sub-key):
  ${command} ask --bucket photos --object cat.jpg --id 1 --payload-size 128MiB ${at}
  ${command} tasks ls --sub-key bucket:photos ${at}
  curl -H "Authorization: Bearer $(cat ${nearest(first.tokenFile)})" '${first.httpUrl}/api/v1/tasks?subKey=bucket:photos'

Ctrl-C stops everything.`)
}

/**
 * @param {import('./state.js').ClusterState} state @param {ReadonlySet<string>} running
 * @param {{ dir: string, json: boolean }} options
 */
export function showState({ coordinator, sps }, running, { dir, json }) {
  const all = [...(coordinator === undefined ? [] : [coordinator]), ...sps]
  const nodes = all.map(node => ({ ...node, state: running.has(node.name) ? 'running' : 'stopped' }))
  if (json) return print(JSON.stringify({ dir, running: running.size > 0, nodes }))
  if (nodes.length === 0) return print(`no cluster in ${dir}`)
  const rows = nodes.map(node => [
    ...[node.name, node.state, node.operatorAddress ?? ''],
    ...(node.state === 'running' ? [node.httpUrl ?? node.url ?? '', `${node.process?.pid}`] : ['', ''])
  ])
  print(table([['', 'state', 'operator address', 'URL', 'pid'], ...rows]))
}
