// How the story begins and ends.
import { untilKnows } from './reach.js'
import { expect, seconds } from './step.js'

/** @type {import('./step.js').Step} */
export const start = {
  name: 'start',
  title: 'Eight storage providers (SPs) and a coordinator start, a process for each node; sp2 has two',
  why: 'Every node but the first is given one address, and asks the coordinator for list and height as it would a chain.',
  async run(network) {
    const started = performance.now()
    await network.start()
    const up = performance.now() - started
    await Promise.all(network.nodes.map(node => untilKnows(node, network.sps)))
    const all = performance.now() - started
    return `${network.nodes.length} nodes listen after ${seconds(up)}; ${seconds(all - up)} later each knows a verified node of every other SP`
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
      network.nodes.find(node => node.name === wrong[0]?.name)
    )
    return `${ends.length} processes ended with exit code 0 after ${seconds(performance.now() - started)}`
  }
}
