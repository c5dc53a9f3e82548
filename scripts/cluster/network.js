// A running cluster: a coordinator and N SPs, each a process of its own.
import { join } from 'node:path'
import { metric, request } from './api.js'
import { spApproval } from './command.js'
import { configFile, coordinatorAddress, coordinatorDir, makeFiles, makeSp, tokenFile, writeConfig } from './files.js'
import { ManagedProcess, shownEnd } from './processes.js'
import { bin } from './repository.js'

/** Eight nodes on two cores are up after four to six seconds; this is for machines that do other things too. */
const READY_TIMEOUT_MS = 60_000
/** A node drains for up to ten seconds. */
const STOP_TIMEOUT_MS = 12_000
const NETWORK_NAME = 'local'

/** One SP's node. */
export class SpNode {
  /** @type {ManagedProcess | undefined} */
  process
  peerId = ''
  httpUrl = ''
  metricsUrl = ''
  /** @type {string[]} */
  addresses = []

  /** @param {import('./files.js').SpFiles} files */
  constructor(files) {
    this.files = files
    this.name = files.name
    this.dir = files.dir
    this.operatorAddress = files.operatorAddress
    this.tokenFile = tokenFile(files)
    this.configFile = configFile(files)
    this.logFile = join(files.dir, 'node.log')
  }

  /** @param {() => void} [onSpawn] */
  async start(onSpawn) {
    this.process = new ManagedProcess({
      name: this.name,
      args: [bin, 'start', '--config', this.configFile, '--json'],
      cwd: this.dir,
      logFile: this.logFile,
      outFile: join(this.dir, 'ready.jsonl')
    })
    onSpawn?.()
    const { peerId, httpUrl, metricsUrl, addresses } = await this.process.ready(READY_TIMEOUT_MS)
    Object.assign(this, { peerId, httpUrl, metricsUrl, addresses })
  }

  /** @param {readonly string[]} args of a command that speaks to this node */
  command(args, options) {
    return spApproval([...args, '--config', this.configFile, '--json'], options)
  }

  /** @param {string} path @param {Parameters<typeof request>[2]} [options] */
  api(path, options) {
    return request(this, path, options)
  }

  /** @param {string} name */
  metric(name) {
    return metric(this, name)
  }
}

export class Network {
  /** Called whenever a process was started. */
  onSpawn = () => undefined
  /** @type {ManagedProcess | undefined} */
  coordinator
  coordinatorUrl = ''
  #publicKey = ''
  /** Whoever is started besides the SPs, e.g. one that the coordinator does not list. @type {SpNode[]} */
  #others = []

  /** @param {string} dir @param {{ sps: number, basePort: number }} options */
  static async create(dir, options) {
    const files = await makeFiles(dir, options)
    return new Network(dir, options.basePort, files)
  }

  /** @param {string} dir @param {number} basePort @param {readonly import('./files.js').SpFiles[]} files */
  constructor(dir, basePort, files) {
    this.dir = dir
    this.basePort = basePort
    this.sps = files.map(sp => new SpNode(sp))
  }

  async start() {
    await this.#startCoordinator()
    await Promise.all(this.sps.map(sp => this.#startNode(sp)))
  }

  /** A node with a key that is not on the coordinator's list. @param {string} name */
  async startUnlisted(name) {
    const node = new SpNode(await makeSp(this.dir, name))
    this.#others.push(node)
    await this.#startNode(node)
    return node
  }

  /** @param {string} address an SP's operator address @returns {string} the name it has here */
  nameOf(address) {
    return this.#nodes.find(node => node.operatorAddress === address)?.name ?? address
  }

  /** The ends of all processes, nodes first. @returns {Promise<{ name: string, end: string }[]>} */
  async stop() {
    const stopAll = processes =>
      Promise.all(
        processes.flatMap(({ name, process }) =>
          process === undefined ? [] : process.stop(STOP_TIMEOUT_MS).then(end => ({ name, end: shownEnd(end) }))
        )
      )
    const ends = await stopAll(this.#nodes)
    return [...ends, ...(await stopAll([{ name: 'coordinator', process: this.coordinator }]))]
  }

  /** Resolves when a process ends that should run. @returns {Promise<{ name: string, end: string }>} */
  oneEnds() {
    const running = [{ name: 'coordinator', process: this.coordinator }, ...this.sps]
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
      coordinator: {
        name: 'coordinator',
        dir: coordinatorDir(this.dir),
        url: this.coordinatorUrl,
        ...running(this.coordinator)
      },
      sps: this.sps.map(({ name, dir, operatorAddress, peerId, addresses, httpUrl, metricsUrl, process }) => ({
        ...{ name, dir, operatorAddress, peerId, addresses, httpUrl, metricsUrl },
        ...running(process)
      }))
    }
  }

  get #nodes() {
    return [...this.sps, ...this.#others]
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

  /** @param {SpNode} node */
  async #startNode(node) {
    const others = Math.max(1, this.sps.length - 1)
    await writeConfig(node.files, {
      coordinator: { url: this.coordinatorUrl, publicKey: this.#publicKey },
      network: NETWORK_NAME,
      min: Math.min(6, others),
      max: Math.min(10, others)
    })
    await node.start(this.onSpawn)
  }
}
