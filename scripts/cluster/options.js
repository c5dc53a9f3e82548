// Flags of `npm run cluster` and `npm run demo`.
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { UsageError } from './repository.js'

export const COMMANDS = /** @type {const} */ (['generate', 'start', 'stop', 'reset', 'status', 'demo'])

/** More SPs than this are no development cluster. */
export const MAX_SPS = 64
export const MAX_NODES = 4
/** Ports per node with --base-port: libp2p, HTTP API, metrics; the coordinator takes the one before the first node. */
export const PORTS_PER_NODE = 3
const PORTS = 1 + PORTS_PER_NODE * MAX_SPS * MAX_NODES

/**
 * @typedef {object} ClusterOptions
 * @property {typeof COMMANDS[number]} command
 * @property {number} sps
 * @property {boolean} spsGiven
 * @property {number} nodes per SP
 * @property {boolean} nodesGiven
 * @property {string} dir
 * @property {number} basePort 0: the system chooses
 * @property {boolean} json
 * @property {boolean} help
 */

/** @param {readonly string[]} args @param {ClusterOptions['command']} [fallback] @returns {ClusterOptions} */
export function parseOptions(args, fallback = 'start') {
  const { values, positionals } = parsed(args)
  const [command = fallback, ...rest] = positionals
  if (!isCommand(command) || rest.length > 0) {
    throw new UsageError(`expected one of ${COMMANDS.join(', ')}, got "${positionals.join(' ')}"`)
  }
  return {
    command,
    sps: integer('-n', values.n, 1, MAX_SPS) ?? 7,
    spsGiven: values.n !== undefined,
    nodes: integer('--nodes', values.nodes, 1, MAX_NODES) ?? 1,
    nodesGiven: values.nodes !== undefined,
    dir: resolve(values.dir ?? 'local_env'),
    basePort: integer('--base-port', values['base-port'], 0, 65_536 - PORTS) ?? 0,
    json: values.json === true,
    help: values.help === true
  }
}

function parsed(args) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        n: { type: 'string', short: 'n' },
        nodes: { type: 'string' },
        dir: { type: 'string' },
        'base-port': { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' }
      }
    })
  } catch (error) {
    throw new UsageError(error.message.split(/\. |\n/, 1)[0])
  }
}

/** @returns {command is typeof COMMANDS[number]} */
const isCommand = command => COMMANDS.includes(command)

/** @param {string} flag @param {string | undefined} text @param {number} from @param {number} to */
function integer(flag, text, from, to) {
  if (text === undefined) return undefined
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (value >= from && value <= to) return value
  throw new UsageError(`${flag}: expected a whole number of ${from} to ${to}, got "${text}"`)
}

export const USAGE = `npm run cluster -- [command] [options]

  start      run the SPs' nodes and a coordinator until Ctrl-C (default); makes what is missing
  generate   only make keys and configuration
  status     what runs, and where it is reached
  stop       stop what start has started, from another terminal
  reset      stop, then remove keys, grants and logs
  demo       the story of npm run demo: 8 SPs in a temporary folder

  -n N             storage providers (7)
  --nodes N        nodes of each, with one operator key and a folder each: sp0-a, sp0-b … (1)
  --dir DIR        folder of the cluster (local_env)
  --base-port P    first of the ports to use; 0: the system chooses (0)
  --json           machine-readable output
`
