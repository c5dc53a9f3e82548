// Nodes come and go, their SP stays reachable: a sibling answers, and new peer ids are found.
import { approved, ask } from './asking.js'
import { peerTable } from './peer-table.js'
import { untilHasOnly } from './reach.js'
import { expect, seconds } from './step.js'

/** Which node of an SP promised. @param {import('./step.js').Network} network @param {string} sp */
const answererOf = (network, result, sp) =>
  network.nodeNameOf(result.approvals.find(approval => network.nameOf(approval.sp) === sp)?.peerId)

/** @type {import('./step.js').Step} */
export const sibling = {
  name: 'sibling',
  title: 'sp2-a is killed (kill -9) and stays dead; sp0 asks for all seven at once',
  why: 'An SP with several nodes is reachable while one of them lives.',
  async run(network) {
    const asker = network.node('sp0')
    const before = await peerTable(network, asker, 'before')
    await network.node('sp2-a').kill()
    const result = approved(await ask(asker, { object: 'elk.jpg', id: 7, min: 7, max: 7, timeout: '5s' }), asker, 7)
    const answerer = answererOf(network, result, 'sp2')
    expect(answerer === 'sp2-b', `expected sp2-b to answer for sp2, got ${answerer}`, asker)
    return {
      detail: `seven promises after ${seconds(result.elapsedMs)}; sp2 answered by its other node, sp2-b`,
      table: before
    }
  }
}

/** @type {import('./step.js').Step} */
export const replacement = {
  name: 'replacement',
  title: 'sp2 moves: its last node is stopped, two others start with new keys, so with peer ids that nobody knows',
  why: 'Its operator signs that these are all nodes of sp2 (sp-approval nodes replace), and everybody finds it again.',
  async run(network) {
    const asker = network.node('sp0')
    await network.node('sp2-b').stop()
    const started = performance.now()
    const added = await network.addNodes('sp2', 2)
    const up = performance.now()
    const [first] = added
    const { code, stderr } = await first.command(['nodes', 'replace', ...added.map(node => node.peerId)])
    expect(code === 0, `expected the new nodes to be announced, got: ${stderr.trim()}`, first)
    const others = network.nodes.filter(node => node.sp !== 'sp2')
    await Promise.all(others.map(node => untilHasOnly(node, added)))
    const found = performance.now()
    const result = approved(await ask(asker, { object: 'elk.jpg', id: 7, min: 7, max: 7, timeout: '5s' }), asker, 7)
    const answerer = answererOf(network, result, 'sp2')
    expect(
      added.some(node => node.name === answerer),
      `expected a new node to answer for sp2, got ${answerer}`,
      asker
    )
    const detail =
      `${added.map(node => node.name).join(' and ')} listen after ${seconds(up - started)}; ${seconds(found - up)} later ` +
      `every other SP has verified one and forgotten the old ones; seven promises after ${seconds(result.elapsedMs)}, ` +
      `sp2's by ${answerer}`
    return { detail, table: await peerTable(network, asker, 'after') }
  }
}
