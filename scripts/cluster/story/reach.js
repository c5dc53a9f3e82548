import { setTimeout as sleep } from 'node:timers/promises'
import { StepError } from './step.js'

/** Between two looks at one node, ms. Looks at the API: commands by the dozen would slow the nodes. */
const LOOK_MS = 200

/**
 * Waits until a node is connected to every other SP and knows one of its nodes as verified: its SP signed that peer id,
 * and it answered a dial of ours.
 * @param {import('./step.js').Node} node @param {readonly import('../network.js').Sp[]} sps
 */
export function untilKnows(node, sps, timeoutMs = 30_000) {
  const others = sps.filter(sp => sp.operatorAddress !== node.operatorAddress)
  return untilNothing(node, timeoutMs, async () => {
    const known = new Map((await node.api('/sps')).sps.map(sp => [sp.operatorAddress, sp]))
    const missing = others.filter(({ operatorAddress }) => {
      const sp = known.get(operatorAddress)
      return sp === undefined || !sp.reachable || sp.verified < 1
    })
    return missing.length === 0 ? '' : `to know a verified node of ${missing.map(sp => sp.name)}`
  })
}

/**
 * Waits until a node knows none of an SP but these, and one of them as connected and verified.
 * @param {import('./step.js').Node} node @param {readonly import('./step.js').Node[]} wanted
 */
export function untilHasOnly(node, wanted, timeoutMs = 30_000) {
  const [{ operatorAddress, sp }] = wanted
  return untilNothing(node, timeoutMs, async () => {
    const { peers } = await node.api(`/peers?sp=${operatorAddress}`)
    const known = peers.filter(({ peerId }) => wanted.some(one => one.peerId === peerId))
    const good = known.some(({ connected, state }) => connected && state === 'verified')
    if (known.length === peers.length && good) return ''
    const seen = peers.map(({ peerId, connected, state }) => `${peerId} ${state}${connected ? '' : ', not connected'}`)
    return `to know of ${sp} only ${wanted.map(({ name }) => name).join(' and ')}, got ${seen.join('; ')}`
  })
}

/** @param {import('./step.js').Node} node @param {number} timeoutMs @param {() => Promise<string>} missing '' once it is */
async function untilNothing(node, timeoutMs, missing) {
  const end = performance.now() + timeoutMs
  for (;;) {
    const still = await missing()
    if (still === '') return
    if (performance.now() > end) throw new StepError(`expected ${node.name} ${still}`, node)
    await sleep(LOOK_MS)
  }
}
