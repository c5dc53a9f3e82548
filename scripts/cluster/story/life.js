// How the story begins and ends.
import { untilReaches } from './reach.js'
import { expect, seconds } from './step.js'

/** @type {import('./step.js').Step} */
export const start = {
  name: 'start',
  title: 'Eight storage providers (SPs) and a coordinator start, each a process of its own',
  why: 'The coordinator only keeps the list of SPs and the block height, as a chain would. Ports are chosen by the system.',
  async run(network) {
    const started = performance.now()
    await network.start()
    const up = performance.now() - started
    await Promise.all(network.sps.map(sp => untilReaches(sp, network.sps.length - 1)))
    const all = performance.now() - started
    return `${network.sps.length} nodes listen after ${seconds(up)}; each reaches the ${network.sps.length - 1} others after ${seconds(all)}`
  }
}

/** @type {import('./step.js').Step} */
export const stop = {
  name: 'stop',
  title: 'Everybody is asked to stop (SIGTERM)',
  why: 'A node finishes what it has begun, closes its store and exits with 0.',
  async run(network) {
    const started = performance.now()
    const ends = await network.stop()
    const wrong = ends.filter(({ end }) => end !== 'exit code 0')
    expect(
      wrong.length === 0,
      `expected exit code 0, got ${wrong.map(({ name, end }) => `${name}: ${end}`).join(', ')}`,
      network.sps.find(sp => sp.name === wrong[0]?.name)
    )
    return `${ends.length} processes ended with exit code 0 after ${seconds(performance.now() - started)}`
  }
}
