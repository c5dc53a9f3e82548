// npm run cluster -- [start|generate|status|stop|reset|demo]: a local network for development.
import { mkdir, rm, rmdir } from 'node:fs/promises'
import { orAbort, tidyUp } from './cleanup.js'
import { demo } from './demo.js'
import { coordinatorDir, nodeDir } from './files.js'
import { runMain } from './main.js'
import { Network } from './network.js'
import { parseOptions, USAGE } from './options.js'
import { showNetwork, showState } from './print.js'
import { identityOf, signalProcess, waitUntilGone } from './processes.js'
import { requireBuild, UsageError } from './repository.js'
import { loadState, processesOf, saveState, sizeOf, stateFile } from './state.js'

/** @typedef {import('./options.js').ClusterOptions} ClusterOptions */

/** The supervisor drains its nodes for up to twelve seconds. */
const STOP_TIMEOUT_MS = 20_000

/** @type {Record<ClusterOptions['command'], (options: ClusterOptions) => Promise<number>>} */
const commands = { generate, start, status, stop, reset, demo }

/** Folders and operator keys, for as many SPs and nodes as asked for or as there were. @param {ClusterOptions} options */
async function generate(options) {
  requireBuild()
  const network = await prepare(options)
  process.stdout.write(`${network.sps.length} SPs, ${network.nodes.length} nodes in ${options.dir}\n`)
  return 0
}

/** Runs until Ctrl-C or until a process ends by itself. @param {ClusterOptions} options */
async function start(options) {
  requireBuild()
  const { dir, json } = options
  const network = await prepare(options)
  const signal = tidyUp()
  const save = () => saveState(dir, { supervisor: identityOf(process.pid), ...network.state() })
  network.onSpawn = save
  try {
    await orAbort(network.start(), signal)
    save()
    if (json) process.stdout.write(`${JSON.stringify({ event: 'ready', ...network.state() })}\n`)
    else showNetwork(network)
    const { name, end } = await orAbort(network.oneEnds(), signal)
    process.stderr.write(`${name} ended by itself (${end}): everything is stopped; logs are in ${dir}\n`)
    return 1
  } catch (error) {
    if (!signal.aborted) throw error
    return 0
  } finally {
    await network.stop()
    saveState(dir, network.state())
  }
}

/** @param {ClusterOptions} options */
async function status({ dir, json }) {
  const state = loadState(dir) ?? { sps: [] }
  const running = new Set(processesOf(state).map(({ name }) => name))
  showState(state, running, { dir, json })
  return running.size > 0 ? 0 : 3
}

/** Only what `start` wrote down, and only while its start time agrees. @param {ClusterOptions} options */
async function stop({ dir }) {
  const running = processesOf(loadState(dir) ?? { sps: [] })
  for (const { name, process: identity } of running) {
    // A supervisor stops its own; whoever is still there afterwards has lost it.
    signalProcess(identity, 'SIGCONT')
    signalProcess(identity, 'SIGTERM')
    if (await waitUntilGone(identity, STOP_TIMEOUT_MS)) continue
    process.stderr.write(`${name} (pid ${identity.pid}) did not stop in time and is killed\n`)
    signalProcess(identity, 'SIGKILL')
    await waitUntilGone(identity, STOP_TIMEOUT_MS)
  }
  process.stdout.write(running.length > 0 ? `stopped ${running.length} processes\n` : 'nothing was running\n')
  return 0
}

/** Removes what the script has made and nothing else. @param {ClusterOptions} options */
async function reset(options) {
  const state = loadState(options.dir)
  if (state === undefined) throw new UsageError(`${options.dir}: no cluster.json, so it is not a cluster's folder`)
  await stop(options)
  const made = [coordinatorDir(options.dir), ...state.sps.map(({ name }) => nodeDir(options.dir, name))]
  for (const path of [...made, stateFile(options.dir)]) await rm(path, { recursive: true, force: true })
  await rmdir(options.dir).catch(() => process.stdout.write(`${options.dir} holds other files and stays\n`))
  return 0
}

/** @param {ClusterOptions} options */
async function prepare({ dir, basePort, ...wanted }) {
  const before = loadState(dir)
  const [running] = before === undefined ? [] : processesOf(before)
  if (running !== undefined) {
    throw new UsageError(`${dir}: ${running.name} (pid ${running.process.pid}) still runs; stop it with "cluster stop"`)
  }
  const there = sizeOf(before)
  const atLeast = (flag, count, least, what) => {
    if (count >= least) return count
    throw new UsageError(`${flag}: expected at least the ${least} ${what} of ${dir}, got ${count}; or "cluster reset"`)
  }
  const sps = wanted.spsGiven || there.sps === 0 ? atLeast('-n', wanted.sps, there.sps, 'SPs') : there.sps
  const nodes =
    wanted.nodesGiven || there.nodes === 0 ? atLeast('--nodes', wanted.nodes, there.nodes, 'nodes per SP') : there.nodes
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const network = await Network.create(dir, { sps, nodes: () => nodes, basePort })
  saveState(dir, network.state())
  return network
}

runMain(async () => {
  const options = parseOptions(process.argv.slice(2))
  if (!options.help) return commands[options.command](options)
  process.stdout.write(USAGE)
  return 0
})
