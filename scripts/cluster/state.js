// What the cluster remembers between two commands: cluster.json in its folder.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isAlive } from './processes.js'
import { UsageError } from './repository.js'

/** @typedef {import('./processes.js').Identity} Identity */
/**
 * @typedef {object} NodeState
 * @property {string} name
 * @property {string} dir
 * @property {string} [operatorAddress]
 * @property {string} [peerId]
 * @property {string[]} [addresses]
 * @property {string} [httpUrl]
 * @property {string} [metricsUrl]
 * @property {string} [url]
 * @property {Identity} [process]
 */
/** @typedef {{ supervisor?: Identity, coordinator?: NodeState, sps: NodeState[] }} ClusterState */

export const stateFile = dir => join(dir, 'cluster.json')

/** @param {string} dir @returns {ClusterState | undefined} */
export function loadState(dir) {
  const file = stateFile(dir)
  if (!existsSync(file)) return undefined
  const state = parsed(readFileSync(file, 'utf8'))
  if (Array.isArray(state?.sps)) return state
  throw new UsageError(`${file}: expected the state of a cluster; move the file away to begin anew`)
}

/** @param {string} text @returns {any} */
function parsed(text) {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // half a file, or something else
  }
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
