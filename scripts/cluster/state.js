// What the cluster remembers between two commands: cluster.json in its folder.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isAlive } from './processes.js'
import { UsageError } from './repository.js'

/** @typedef {import('./processes.js').Identity} Identity */
/**
 * @typedef {object} NodeState
 * @property {string} name
 * @property {string} [sp] name of its SP; its own name where there is none (also in files of before `--nodes`)
 * @property {string} dir
 * @property {string} [operatorAddress]
 * @property {string} [peerId]
 * @property {string[]} [addresses]
 * @property {string} [httpUrl]
 * @property {string} [metricsUrl]
 * @property {string} [url]
 * @property {Identity} [process]
 */
/** @typedef {{ version?: number, supervisor?: Identity, coordinator?: NodeState, sps: NodeState[] }} ClusterState `sps` has an entry per node */

/** Of cluster.json; a file without one is as good. */
export const VERSION = 1

export const stateFile = dir => join(dir, 'cluster.json')

/** @param {string} dir @returns {ClusterState | undefined} */
export function loadState(dir) {
  const file = stateFile(dir)
  if (!existsSync(file)) return undefined
  const state = parsed(readFileSync(file, 'utf8'))
  if (!Array.isArray(state?.sps)) {
    throw new UsageError(`${file}: expected the state of a cluster; move the file away to begin anew`)
  }
  if ((state.version ?? VERSION) === VERSION) return state
  throw new UsageError(
    `${file}: expected version ${VERSION}, got ${state.version}: use the release that wrote it, or move the file away`
  )
}

/** @param {string} text @returns {any} */
function parsed(text) {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // half a file, or something else
  }
}

/** How many SPs there are, and how many nodes the one with most of them has. @param {ClusterState} [state] */
export function sizeOf({ sps } = { sps: [] }) {
  const perSp = new Map()
  for (const { name, sp = name } of sps) perSp.set(sp, (perSp.get(sp) ?? 0) + 1)
  return { sps: perSp.size, nodes: Math.max(0, ...perSp.values()) }
}

/** Written whole or not at all. @param {string} dir @param {ClusterState} state */
export function saveState(dir, state) {
  const file = stateFile(dir)
  writeFileSync(`${file}.new`, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 })
  renameSync(`${file}.new`, file)
}

/** Processes of a saved cluster that still run, the supervisor first. @param {ClusterState} state */
export const processesOf = state =>
  [{ name: 'supervisor', process: state.supervisor }, state.coordinator, ...state.sps].filter(
    /** @returns {entry is NodeState & { process: Identity }} */ entry => isAlive(entry?.process)
  )
