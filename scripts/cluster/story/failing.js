// What may go wrong around an ask: a crash, a stranger, a coordinator that is gone.
import { setTimeout as sleep } from 'node:timers/promises'
import { approved, ask } from './asking.js'
import { untilKnows } from './reach.js'
import { expect, seconds } from './step.js'

/**
 * The grants that one SP holds for another, with the bytes of ask and answer.
 * @param {import('./step.js').Node} granter @param {import('./step.js').Node} asker
 */
async function grantsOf(granter, asker) {
  const { grants } = await granter.api(`/grants?asker=${asker.operatorAddress}&state=live`)
  const whole = await Promise.all(grants.map(({ key }) => granter.api(`/grants/${encodeURIComponent(key)}`)))
  return whole.sort((a, b) => a.key.localeCompare(b.key))
}

/** @type {import('./step.js').Step} */
export const crash = {
  name: 'crash',
  title: 'sp1 is killed (kill -9) and started again',
  why: 'A promise is on disk before it is sent, so it outlives a crash, and its room stays reserved.',
  async run(network) {
    const [asker, granter] = [network.node('sp0'), network.node('sp1')]
    const before = await grantsOf(granter, asker)
    expect(before.length > 0, 'expected sp1 to hold a grant for sp0', granter)
    const { pid } = granter.process.identity
    granter.process.signal('SIGKILL')
    await granter.process.exited
    const started = performance.now()
    await granter.start()
    const took = performance.now() - started
    const after = await grantsOf(granter, asker)
    expect(
      JSON.stringify(after) === JSON.stringify(before),
      `expected the grants ${JSON.stringify(before)}, got ${JSON.stringify(after)}`,
      granter
    )
    await untilKnows(asker, network.sps)
    approved(await ask(asker, { object: 'cat.jpg', id: 1, min: 7, max: 7, timeout: '5s' }), asker, 7)
    const again = await grantsOf(granter, asker)
    const room = grants => grants.map(({ key, reservedBytes }) => `${key} ${reservedBytes}`).join()
    expect(room(again) === room(before), `expected the room ${room(before)}, got ${room(again)}`, granter)
    return (
      `process ${pid} was killed and is back after ${seconds(took)}, its ${before.length} grants the same to the last ` +
      'byte of the answer; asked again for cat.jpg it reserves no more than before'
    )
  }
}

/** @type {import('./step.js').Step} */
export const unlisted = {
  name: 'unlisted',
  title: 'A stranger, whose key is not on the list, asks everybody',
  why: 'Every SP names its peer ids, so a node that none names is refused once it has proven its own.',
  async run(network) {
    const stranger = await network.startUnlisted('stranger')
    const { code, json, stderr } = await ask(stranger, { object: 'eel.jpg', id: 5, min: 1, max: 7, timeout: '1s' })
    expect(code !== 0 && !(json?.approvals?.length > 0), 'expected no promise for the stranger', stranger)
    const refusers = await untilRefused(network, stranger)
    return `no promise for it (${json?.outcome ?? stderr.trim()}); let in by nobody, refused by ${refusers.join(', ')}`
  }
}

/**
 * SPs that the stranger reached, so that both proved who they are, and that did not let it in.
 * @param {import('./step.js').Network} network @param {import('./step.js').Node} stranger
 */
async function untilRefused(network, stranger) {
  const end = performance.now() + 5_000
  for (;;) {
    const { peers } = await stranger.api('/peers?limit=1000')
    const refused = peers.filter(({ connected, lastSuccess }) => !connected && typeof lastSuccess === 'number')
    const refusers = network.sps.filter(({ nodes }) =>
      nodes.some(node => refused.some(({ peerId }) => peerId === node.peerId))
    )
    if (refusers.length === network.sps.length || performance.now() > end) {
      expect(refusers.length > 0, 'expected at least one SP to refuse the stranger', stranger)
      expect(!peers.some(peer => peer.connected), 'expected nobody to let the stranger in', stranger)
      return refusers.map(sp => sp.name)
    }
    await sleep(100)
  }
}

/** @type {import('./step.js').Step} */
export const coordinatorDown = {
  name: 'coordinator-down',
  title: 'The coordinator is stopped, and sp0 asks for six again',
  why: 'No ask passes through it: SPs know each other and the height for a while without it.',
  async run(network) {
    const asker = network.node('sp0')
    network.coordinator.signal('SIGSTOP')
    const outcome = await ask(asker, { object: 'bee.jpg', id: 6, min: 6, max: 6, timeout: '5s' })
    network.coordinator.signal('SIGCONT')
    const result = approved(outcome, asker, 6)
    return `${result.approvals.length} promises after ${seconds(result.elapsedMs)}, without the coordinator`
  }
}
