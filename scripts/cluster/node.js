// One node of an SP: a process, its folder, and how it is spoken to.
import { join } from 'node:path'
import { metric, request } from './api.js'
import { spApproval } from './command.js'
import { configFile, tokenFile } from './files.js'
import { ManagedProcess } from './processes.js'
import { bin } from './repository.js'

/** Nine nodes on two cores are up after four to six seconds; this is for machines that do other things too. */
export const READY_TIMEOUT_MS = 60_000
/** A node drains for up to ten seconds. */
export const STOP_TIMEOUT_MS = 12_000

export class Node {
  /** @type {ManagedProcess | undefined} */
  process
  peerId = ''
  httpUrl = ''
  metricsUrl = ''
  /** @type {string[]} */
  addresses = []

  /** @param {import('./files.js').NodeFiles} files */
  constructor(files) {
    this.files = files
    this.name = files.name
    this.sp = files.sp
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

  /** `PEERID@HOST:PORT`, as others name it. */
  get entry() {
    const [, host, port] = /^\/ip4\/([^/]+)\/tcp\/(\d+)/.exec(this.addresses[0] ?? '') ?? []
    return `${this.peerId}@${host}:${port}`
  }

  /** `kill -9`: no drain, nothing said to anybody. */
  async kill() {
    this.process?.signal('SIGKILL')
    await this.process?.exited
    this.process = undefined
  }

  /** SIGTERM, and SIGKILL when it does not end in time. @returns {ReturnType<ManagedProcess['stop']> | undefined} */
  async stop() {
    const end = await this.process?.stop(STOP_TIMEOUT_MS)
    this.process = undefined
    return end
  }

  /** @param {readonly string[]} args of a command that speaks to this node @param {{ timeoutMs?: number }} [options] */
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
