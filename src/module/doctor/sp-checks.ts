import type { Finding, SpOverview } from '../../contract.js'
import { inService } from '../../domain/registry.js'
import { listingOf } from '../../trust/judge.js'
import type { NodeView, SpFacts } from './facts.js'
import { fail, ok, several, warn } from './finding.js'
import { nodeTrouble } from './node-trouble.js'

/** Asks that must have gone unanswered before the silence says something. */
const SILENT_ASKS = 3

const NONE_SPEAKS = 'none of its connected nodes may speak for it'

/** The way to one SP: is it listed, may it serve, do we know its nodes, what is wrong with each. */
export function checkSp(facts: SpFacts): readonly Finding[] {
  const { sp, overview, listed, nodes } = facts
  if (!listed) {
    const what = 'there is no SP list that can be trusted, so nobody is an SP'
    return [fail('sp-list', what, 'diagnose() tells what is wrong with the list')]
  }
  if (overview === undefined) {
    const claimants = nodes.length > 0 ? `, though ${nodes.length} of the nodes we know say they are its` : ''
    const todo = 'check the address; the SP has to be put on the list, or to join the coordinator'
    return [fail('sp-listed', `${sp} is not on the SP list${claimants}`, todo)]
  }
  return [
    ok('sp-listed', `${sp} is on the SP list`),
    ...service(overview),
    reach(facts, overview),
    ...nodes.map(nodeFinding),
    ...silence(overview.fairness)
  ]
}

function service(overview: SpOverview): Finding[] {
  if (inService(overview)) return []
  const what = `its status is ${overview.status}: it is neither asked nor answered`
  return [fail('sp-service', what, 'nothing here: its status has to become IN_SERVICE on the list')]
}

function reach({ self, nodes }: SpFacts, overview: SpOverview): Finding {
  if (self) return ok('sp-reachable', 'it is this SP itself')
  const connected = nodes.filter(({ record }) => record.connected).length
  const what = `${connected} of ${several(nodes.length, 'known node')} connected`
  if (overview.reachable) return ok('sp-reachable', what)
  if (connected > 0) {
    const todo = 'its entry in the SP list, our pins and [Legacy] Mode say which peer ids may'
    return fail('sp-reachable', `${what}, and ${NONE_SPEAKS}`, todo)
  }
  if (nodes.length > 0) {
    return fail(
      'sp-reachable',
      `none of its nodes is connected, ${nodes.length} known`,
      'see what is said of each node'
    )
  }
  const named = listingOf(overview) === 'closed'
  return fail(
    'sp-reachable',
    'none of its nodes is known',
    named
      ? 'wait a moment and look again: its entry in the SP list names nodes'
      : 'its entry in the SP list names none: ask the SP for its address and try addPeer(PEERID@HOST:PORT)'
  )
}

function nodeFinding(view: NodeView): Finding {
  const { record } = view
  const trouble = nodeTrouble(view)
  if (trouble === undefined) {
    const rtt = record.rttMs === undefined ? '' : `, ${record.rttMs.toFixed(1)} ms away`
    return ok('node', `${record.peerId}: ${record.state}${rtt}`)
  }
  // One node that fails is no fault of the way: its siblings carry it.
  return warn('node', `${record.peerId}: ${trouble.what}`, trouble.todo)
}

function silence({ asked, answered }: { readonly asked: number; readonly answered: number }): Finding[] {
  if (asked < SILENT_ASKS) return []
  if (answered > 0) return [ok('sp-answers', `it answered ${answered} of ${asked} asks`)]
  return [
    warn(
      'sp-answers',
      `it answered none of ${asked} asks; a 0.0.1 node that refuses is silent`,
      'ask its operator for the reason in its log: our clock, its list or its policy may be why'
    )
  ]
}

/** The SPs of the list that cannot be reached, one finding each. */
export function checkUnreachable(sps: readonly SpFacts[], limit: number): readonly Finding[] {
  const wanted = sps.filter(({ self, overview }) => !self && inService(overview) && overview?.reachable === false)
  const findings = wanted.slice(0, limit).map((facts): Finding => {
    const troubles = facts.nodes.flatMap(view => nodeTrouble(view) ?? [])
    const [first] = troubles
    const more = troubles.length > 1 ? ` (and ${troubles.length - 1} more of its nodes)` : ''
    const untroubled = facts.nodes.length > 0 ? NONE_SPEAKS : 'none of its nodes is known'
    const what = first === undefined ? untroubled : `${first.what}${more}`
    return warn('sp-reachable', `${facts.sp}: ${what}`, `diagnose(${facts.sp})`)
  })
  const rest = wanted.length - findings.length
  if (rest === 0) return findings
  return [...findings, warn('sp-reachable', `and ${several(rest, 'SP')} more`, 'sps()')]
}
