// A running cluster: a coordinator and the nodes of N SPs, each a process of its own.
import { join } from 'node:path'
import { coordinatorAddress, coordinatorDir, makeFiles, makeNode, nodeName, writeConfig } from './files.js'
import { Node, READY_TIMEOUT_MS, STOP_TIMEOUT_MS } from './node.js'
import { ManagedProcess, shownEnd } from './processes.js'
import { bin } from './repository.js'
import { VERSION } from './state.js'

const NETWORK_NAME = 'local'

/** @typedef {{ name: string, operatorAddress: string, nodes: Node[] }} Sp */

export class Network {
  /** Called whenever a process was started. */
  onSpawn = () => undefined
  /** @type {ManagedProcess | undefined} */
  coordinator
  coordinatorUrl = ''
  #publicKey = ''
  /** @type {Node[]} */
  #nodes
  /** Whoever is started besides the SPs, e.g. one that the coordinator does not list. @type {Node[]} */
  #others = []

  /** @param {string} dir @param {Parameters<typeof makeFiles>[1]} options */
  static async create(dir, options) {
    return new Network(dir, options.basePort, await makeFiles(dir, options))
  }

  /** @param {string} dir @param {number} basePort @param {readonly import('./files.js').NodeFiles[]} files */
  constructor(dir, basePort, files) {
    this.dir = dir
    this.basePort = basePort
    this.#nodes = files.map(node => new Node(node))
  }

  /** Every node of every SP. @returns {readonly Node[]} */
  get nodes() {
    return this.#nodes
  }

  /** @returns {readonly Sp[]} */
  get sps() {
    /** @type {Map<string, Sp>} */
    const sps = new Map()
    for (const node of this.#nodes) {
      const sp = sps.get(node.sp) ?? { name: node.sp, operatorAddress: node.operatorAddress, nodes: [] }
      sps.set(node.sp, { ...sp, nodes: [...sp.nodes, node] })
    }
    return [...sps.values()]
  }

  /** @param {string} name @returns {Node} */
  node(name) {
    const node = this.#nodes.find(one => one.name === name)
    if (node === undefined) throw new Error(`no node ${name} in ${this.#nodes.map(one => one.name)}`)
    return node
  }

  /** The first node is told of nobody; all others are told of it, and of nobody else. */
  async start() {
    await this.#startCoordinator()
    const [first, ...others] = this.#nodes
    await this.#startNode(first, [])
    await Promise.all(others.map(node => this.#startNode(node, [first.entry])))
  }

  /** Further nodes of an SP that is there, with node keys of their own. @param {string} sp @param {number} count */
  async addNodes(sp, count) {
    const siblings = this.#nodes.filter(node => node.sp === sp)
    const added = await Promise.all(
      Array.from({ length: count }, (_, index) =>
        makeNode(this.dir, { sp, name: nodeName(sp, siblings.length + index), like: siblings[0].dir })
      )
    )
    const nodes = added.map(files => new Node(files))
    this.#nodes.push(...nodes)
    await Promise.all(nodes.map(node => this.#startNode(node, [this.#nodes[0].entry])))
    return nodes
  }

  /** A node with a key that is not on the coordinator's list. @param {string} name */
  async startUnlisted(name) {
    const node = new Node(await makeNode(this.dir, { sp: name }))
    this.#others.push(node)
    await this.#startNode(node, [this.#nodes[0].entry])
    return node
  }

  /** @param {string} address an SP's operator address @returns {string} the name it has here */
  nameOf(address) {
    return [...this.#nodes, ...this.#others].find(node => node.operatorAddress === address)?.sp ?? address
  }

  /** @param {string} peerId @returns {string} the name that the node has here */
  nodeNameOf(peerId) {
    return [...this.#nodes, ...this.#others].find(node => node.peerId === peerId)?.name ?? peerId
  }

  /** The ends of all processes that run, nodes first. @returns {Promise<{ name: string, end: string }[]>} */
  async stop() {
    const stopAll = processes =>
      Promise.all(
        processes.flatMap(({ name, process }) =>
          process === undefined ? [] : process.stop(STOP_TIMEOUT_MS).then(end => ({ name, end: shownEnd(end) }))
        )
      )
    const ends = await stopAll([...this.#nodes, ...this.#others])
    return [...ends, ...(await stopAll([{ name: 'coordinator', process: this.coordinator }]))]
  }

  /** Resolves when a process ends that should run. @returns {Promise<{ name: string, end: string }>} */
  oneEnds() {
    const running = [{ name: 'coordinator', process: this.coordinator }, ...this.#nodes]
    return Promise.race(
      running.flatMap(({ name, process }) =>
        process === undefined ? [] : process.exited.then(end => ({ name, end: shownEnd(end) }))
      )
    )
  }

  /** What another command needs to find this network and its processes again. @returns {import('./state.js').ClusterState} */
  state() {
    const running = process => (process === undefined || process.end !== undefined ? {} : { process: process.identity })
    return {
      version: VERSION,
      coordinator: {
        name: 'coordinator',
        dir: coordinatorDir(this.dir),
        url: this.coordinatorUrl,
        ...running(this.coordinator)
      },
      sps: this.#nodes.map(({ name, sp, dir, operatorAddress, peerId, addresses, httpUrl, metricsUrl, process }) => ({
        ...{ name, sp, dir, operatorAddress, peerId, addresses, httpUrl, metricsUrl },
        ...running(process)
      }))
    }
  }

  async #startCoordinator() {
    const dir = coordinatorDir(this.dir)
    this.coordinator = new ManagedProcess({
      name: 'coordinator',
      args: [
        bin,
        'coordinator',
        ...['--listen', coordinatorAddress(this.basePort)],
        ...['--data-dir', join(dir, 'data')],
        ...['--network', NETWORK_NAME],
        ...this.sps.flatMap(sp => ['--allow', sp.operatorAddress]),
        '--json'
      ],
      cwd: dir,
      logFile: join(dir, 'coordinator.log'),
      outFile: join(dir, 'ready.jsonl')
    })
    this.onSpawn()
    const { url, publicKey } = await this.coordinator.ready(READY_TIMEOUT_MS)
    this.coordinatorUrl = url
    this.#publicKey = publicKey
  }

  /** @param {Node} node @param {readonly string[]} bootstrap */
  async #startNode(node, bootstrap) {
    const others = Math.max(1, this.sps.length - 1)
    await writeConfig(node.files, {
      coordinator: { url: this.coordinatorUrl, publicKey: this.#publicKey },
      bootstrap,
      network: NETWORK_NAME,
      min: Math.min(6, others),
      max: Math.min(10, others)
    })
    await node.start(this.onSpawn)
  }
}
