// Folders, keys and configuration of a cluster: DIR/{cluster.json, coordinator/, sp0/ … spN/}; where SPs have several
// nodes, each has its own folder, sp0-a/, sp0-b/ …, with its own node key and the operator key of its SP.
import { existsSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { MAX_SPS, PORTS_PER_NODE } from './options.js'
import { library } from './repository.js'

/** @typedef {{ p2p: number, http: number, metrics: number }} Ports 0: the system chooses */
/**
 * @typedef {object} NodeFiles
 * @property {string} name
 * @property {string} sp name of its SP; its own where the SP has no other node
 * @property {string} dir
 * @property {string} operatorAddress
 * @property {Ports} ports
 */

export const coordinatorDir = dir => join(dir, 'coordinator')
export const nodeDir = (dir, name) => join(dir, name)
export const configFile = node => join(node.dir, 'config.toml')
export const tokenFile = node => join(node.dir, 'data/api.token')
const keyFile = folder => join(folder, 'data/operator.key')

/** @param {number} place 0: the first node */
const letter = place => String.fromCharCode('a'.charCodeAt(0) + place)

/** @param {string} sp @param {number} place among the nodes of its SP */
export const nodeName = (sp, place) => `${sp}-${letter(place)}`

const ANY = { p2p: 0, http: 0, metrics: 0 }

/**
 * The same ports whatever the number of SPs and nodes: the coordinator, the first nodes of all SPs, their second ones …
 * @param {number} basePort @param {number} index of the SP @param {number} place among the nodes of its SP
 */
const portsOf = (basePort, index, place) => {
  if (basePort === 0) return ANY
  const first = basePort + 1 + (place * MAX_SPS + index) * PORTS_PER_NODE
  return { p2p: first, http: first + 1, metrics: first + 2 }
}

/** @param {number} basePort */
export const coordinatorAddress = basePort => `127.0.0.1:${basePort}`

/**
 * Makes what is missing, keeps what is there: keys are never made anew.
 * @param {string} dir @param {{ sps: number, nodes: (index: number) => number, basePort: number }} options
 * @returns {Promise<NodeFiles[]>} in the order of the SPs
 */
export async function makeFiles(dir, { sps, nodes, basePort }) {
  await mkdir(join(coordinatorDir(dir), 'data'), { recursive: true, mode: 0o700 })
  const made = Array.from({ length: sps }, (_, index) => makeSp(dir, `sp${index}`, nodes(index), { basePort, index }))
  return (await Promise.all(made)).flat()
}

/** @param {string} dir @param {string} sp @param {number} count of its nodes @returns {Promise<NodeFiles[]>} */
async function makeSp(dir, sp, count, { basePort, index }) {
  if (count === 1) return [await makeNode(dir, { sp, ports: portsOf(basePort, index, 0) })]
  const names = Array.from({ length: count }, (_, place) => nodeName(sp, place))
  const [first] = names
  // It had one node so far: that is the first one now.
  if (existsSync(nodeDir(dir, sp)) && !existsSync(nodeDir(dir, first))) {
    await rename(nodeDir(dir, sp), nodeDir(dir, first))
  }
  const made = []
  for (const [place, name] of names.entries()) {
    const like = place === 0 ? undefined : nodeDir(dir, first)
    made.push(await makeNode(dir, { name, sp, like, ports: portsOf(basePort, index, place) }))
  }
  return made
}

/**
 * A folder with an operator key; the node makes its own key when it starts.
 * @param {string} dir @param {{ sp: string, name?: string, like?: string, ports?: Ports }} node `like`: the folder of
 *   another node of the same SP
 * @returns {Promise<NodeFiles>}
 */
export async function makeNode(dir, { sp, name = sp, like, ports = ANY }) {
  const { createKey, loadKey, operatorAddressOf, writeKey } = await library()
  const folder = nodeDir(dir, name)
  await mkdir(join(folder, 'data'), { recursive: true, mode: 0o700 })
  const key = keyFile(folder)
  if (!existsSync(key)) await writeKey(key, like === undefined ? createKey() : await loadKey(keyFile(like)))
  return { name, sp, dir: folder, operatorAddress: operatorAddressOf(await loadKey(key)), ports }
}

/** Written anew at each start: addresses may be others then. */
export async function writeConfig(node, { coordinator, bootstrap, network, min, max }) {
  const text = `# Written by the cluster script at each start.
[P2P]
P2PAddress = '127.0.0.1:${node.ports.p2p}'
P2PBootstrap = [${bootstrap.map(entry => `'${entry}'`).join(', ')}]
AllowPrivate = true
DataPath = './data'
[SpAccount]
SpOperatorAddress = '${node.operatorAddress}'
[Ask]
Min = ${min}
Max = ${max}
[Api]
HTTPAddress = '127.0.0.1:${node.ports.http}'
[Monitor]
MetricsHTTPAddress = '127.0.0.1:${node.ports.metrics}'
[Chain]
Mode = 'coordinator'
CoordinatorURL = '${coordinator.url}'
CoordinatorPublicKey = '${coordinator.publicKey}'
Network = '${network}'
`
  await writeFile(configFile(node), text, { mode: 0o600 })
}
