// Asks as they should be: enough SPs, one that sleeps, two that sleep, too few.
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, seconds } from './step.js'

/** How long an answer of 127.0.0.1 may take on a busy machine, ms. */
const PROMPT_MS = 1_500

/**
 * `sp-approval ask` on one SP's node.
 * @param {import('./step.js').Node} asker
 * @param {{ object: string, id: number, min: number, max: number, timeout: string }} ask
 */
export const ask = (asker, { object, id, min, max, timeout }) =>
  asker.command(
    ['ask', '--bucket', 'photos', '--object', object, '--id', `${id}`, '--payload-size', '128MiB'].concat([
      '--min',
      `${min}`,
      '--max',
      `${max}`,
      '--timeout',
      timeout
    ])
  )

/** @param {Awaited<ReturnType<typeof ask>>} outcome @param {import('./step.js').Node} asker */
export function approved({ code, json, stderr }, asker, min) {
  expect(code === 0 && json?.outcome === 'approved', `expected ${min} approvals, got: ${stderr.trim() || code}`, asker)
  const sps = new Set(json.approvals.map(approval => approval.sp))
  expect(sps.size === json.approvals.length, 'expected every approval from another SP', asker)
  expect(sps.size >= min, `expected ${min} approvals, got ${sps.size}`, asker)
  return json
}

/** @type {import('./step.js').Step} */
export const askForSix = {
  name: 'ask',
  title: 'sp0 asks all others for an object of 128 MiB and needs six promises',
  why: 'Before an SP replicates an object it must know who will take the pieces, by signature and until a height.',
  async run(network) {
    const asker = network.node('sp0')
    const result = approved(await ask(asker, { object: 'cat.jpg', id: 1, min: 6, max: 6, timeout: '5s' }), asker, 6)
    const names = result.approvals.map(({ sp }) => network.nameOf(sp)).sort()
    const heights = result.approvals.map(({ expiredHeight }) => Number(expiredHeight))
    return `${names.join(', ')} promised after ${seconds(result.elapsedMs)}, good until height ${Math.min(...heights)}`
  }
}

/** @type {import('./step.js').Step} */
export const queryRunning = {
  name: 'query',
  title: 'sp7 is put to sleep, sp0 asks for all seven, and the running task is queried by a part of its key',
  why: 'A task is found by any part of its key while it runs: its bucket, its object or its id.',
  async run(network) {
    const asker = network.node('sp0')
    const sleeper = network.node('sp7')
    sleeper.process.signal('SIGSTOP')
    const asking = ask(asker, { object: 'dog.jpg', id: 2, min: 7, max: 7, timeout: '10s' })
    const running = await untilApproved(asker, 6)
    const { json, stderr } = await asker.command(['tasks', 'ls', '--sub-key', 'bucket:photos'])
    const shown = json?.tasks?.find(task => task.key === running.key)
    expect(shown !== undefined, `tasks ls --sub-key bucket:photos did not show it: ${stderr.trim()}`, asker)
    const none = await asker.api('/tasks?subKey=bucket:videos')
    expect(none.tasks.length === 0, 'expected no task for bucket:videos', asker)
    sleeper.process.signal('SIGCONT')
    approved(await asking, asker, 7)
    const left = await asker.api('/tasks?subKey=bucket:photos')
    expect(left.tasks.length === 0, 'expected no running task once the ask is done', asker)
    return `"bucket:photos" found ${running.key} with ${running.approved} of 7; sp7 awoke, and the seventh promise ended it`
  }
}

/** @param {import('./step.js').Node} asker @param {number} count */
async function untilApproved(asker, count) {
  const end = performance.now() + 8_000
  for (;;) {
    const { tasks } = await asker.api('/tasks?subKey=bucket:photos')
    if (tasks[0]?.approved >= count) return tasks[0]
    expect(
      performance.now() < end,
      `expected a running task with ${count} approvals, got ${JSON.stringify(tasks)}`,
      asker
    )
    await sleep(50)
  }
}

/** @param {import('./step.js').Network} network */
const sleepersOf = network => [network.node('sp6'), network.node('sp7')]

/** @type {import('./step.js').Step} */
export const twoSilent = {
  name: 'silent',
  title: 'sp6 and sp7 are put to sleep (SIGSTOP): they accept connections and say nothing. sp0 needs five',
  why: 'All are asked at once, so nobody waits for those who are silent.',
  async run(network) {
    const asker = network.node('sp0')
    for (const sleeper of sleepersOf(network)) sleeper.process.signal('SIGSTOP')
    const result = approved(await ask(asker, { object: 'owl.jpg', id: 3, min: 5, max: 5, timeout: '10s' }), asker, 5)
    expect(
      result.elapsedMs < PROMPT_MS,
      `expected no wait for the sleepers, it took ${seconds(result.elapsedMs)}`,
      asker
    )
    return `the five who are awake promised after ${seconds(result.elapsedMs)} of 10 s`
  }
}

/** @type {import('./step.js').Step} */
export const cannotReach = {
  name: 'insufficient',
  title: 'Both still sleep, and sp0 asks for six within two seconds: there are five',
  why: 'An ask that cannot succeed ends at its deadline with exit code 4 and names who did not answer.',
  async run(network) {
    const asker = network.node('sp0')
    const { code, json, stderr } = await ask(asker, { object: 'fox.jpg', id: 4, min: 6, max: 7, timeout: '2s' })
    for (const sleeper of sleepersOf(network)) sleeper.process.signal('SIGCONT')
    expect(code === 4 && json?.outcome === 'insufficient', `expected exit code 4, got ${code}: ${stderr.trim()}`, asker)
    const silent = json.silent.map(sp => network.nameOf(sp)).sort()
    expect(silent.join() === 'sp6,sp7', `expected sp6 and sp7 to be named as silent, got ${silent}`, asker)
    expect(json.approvals.length === 5, `expected five approvals in the report, got ${json.approvals.length}`, asker)
    return `${json.approvals.length} of 6 after ${seconds(json.elapsedMs)}; silent: ${silent.join(', ')}; exit code 4`
  }
}
