// Folders, keys and configuration of a cluster:  DIR/{cluster.json, coordinator/, sp0/ … spN/}.
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PORTS_PER_SP } from './options.js'
import { library } from './repository.js'

/** @typedef {{ p2p: number, http: number, metrics: number }} Ports 0: the system chooses */
/**
 * @typedef {object} SpFiles
 * @property {string} name
 * @property {string} dir
 * @property {string} operatorAddress
 * @property {Ports} ports
 */

export const coordinatorDir = dir => join(dir, 'coordinator')
export const spDir = (dir, name) => join(dir, name)
export const configFile = sp => join(sp.dir, 'config.toml')
export const tokenFile = sp => join(sp.dir, 'data/api.token')

/** @param {number} basePort @param {number} index of the SP; the coordinator's port stands before them all */
const portsOf = (basePort, index) => {
  if (basePort === 0) return { p2p: 0, http: 0, metrics: 0 }
  const first = basePort + 1 + index * PORTS_PER_SP
  return { p2p: first, http: first + 1, metrics: first + 2 }
}

/** @param {number} basePort */
export const coordinatorAddress = basePort => `127.0.0.1:${basePort}`

/**
 * Makes what is missing, keeps what is there: keys are never made anew.
 * @param {string} dir @param {{ sps: number, basePort: number }} options @returns {Promise<SpFiles[]>}
 */
export async function makeFiles(dir, { sps, basePort }) {
  await mkdir(join(coordinatorDir(dir), 'data'), { recursive: true, mode: 0o700 })
  return Promise.all(Array.from({ length: sps }, (_, index) => makeSp(dir, `sp${index}`, portsOf(basePort, index))))
}

/** @param {string} dir @param {string} name @param {Ports} [ports] @returns {Promise<SpFiles>} */
export async function makeSp(dir, name, ports = portsOf(0, 0)) {
  const { createKey, loadKey, operatorAddressOf, writeKey } = await library()
  const folder = spDir(dir, name)
  await mkdir(join(folder, 'data'), { recursive: true, mode: 0o700 })
  const keyFile = join(folder, 'data/operator.key')
  if (!existsSync(keyFile)) await writeKey(keyFile, createKey())
  return { name, dir: folder, operatorAddress: operatorAddressOf(await loadKey(keyFile)), ports }
}

/** Written anew at each start: the coordinator's address may be another one then. */
export async function writeConfig(sp, { coordinator, network, min, max }) {
  const text = `# Written by the cluster script at each start.
[P2P]
P2PAddress = '127.0.0.1:${sp.ports.p2p}'
AllowPrivate = true
DataPath = './data'
[SpAccount]
SpOperatorAddress = '${sp.operatorAddress}'
[Ask]
Min = ${min}
Max = ${max}
[Api]
HTTPAddress = '127.0.0.1:${sp.ports.http}'
[Monitor]
MetricsHTTPAddress = '127.0.0.1:${sp.ports.metrics}'
[Chain]
Mode = 'coordinator'
CoordinatorURL = '${coordinator.url}'
CoordinatorPublicKey = '${coordinator.publicKey}'
Network = '${network}'
`
  await writeFile(configFile(sp), text, { mode: 0o600 })
}
