import type { Finding } from '../../contract.js'
import { inService } from '../../domain/registry.js'
import { listingOf } from '../../trust/judge.js'
import type { NodeView, SpFacts } from './facts.js'
import { nodeTrouble } from './node-trouble.js'
import { several } from './words.js'

/** Asks that must have gone unanswered before the silence says something. */
const SILENT_ASKS = 3

const NONE_SPEAKS = 'none of its connected nodes may speak for it'

/** The way to one SP: is it listed, may it serve, do we know its nodes, what is wrong with each. */
export function checkSp(facts: SpFacts): readonly Finding[] {
  const { sp, overview, listed, nodes } = facts
  if (!listed) {
    return [
      {
        check: 'sp-list',
        verdict: 'fail',
        what: 'there is no SP list that can be trusted, so nobody is an SP',
        todo: 'diagnose() tells what is wrong with the list'
      }
    ]
  }
  if (overview === undefined) {
    const claimants = nodes.length > 0 ? `, though ${nodes.length} of the nodes we know say they are its` : ''
    return [
      {
        check: 'sp-listed',
        verdict: 'fail',
        what: `${sp} is not on the SP list${claimants}`,
        todo: 'check the address; the SP has to be put on the list, or to join the coordinator'
      }
    ]
  }
  const found: Finding[] = [{ check: 'sp-listed', verdict: 'ok', what: `${sp} is on the SP list` }]
  if (!inService(overview)) {
    found.push({
      check: 'sp-service',
      verdict: 'fail',
      what: `its status is ${overview.status}: it is neither asked nor answered`,
      todo: 'nothing here: its status has to become IN_SERVICE on the list'
    })
  }
  return [...found, ...reach(facts, overview.reachable), ...nodes.map(nodeFinding), ...silence(overview.fairness)]
}

function reach({ self, nodes, overview }: SpFacts, reachable: boolean): Finding[] {
  if (self) return [{ check: 'sp-reachable', verdict: 'ok', what: 'it is this SP itself' }]
  const connected = nodes.filter(({ record }) => record.connected).length
  const what = `${connected} of ${several(nodes.length, 'known node')} connected`
  if (reachable) return [{ check: 'sp-reachable', verdict: 'ok', what }]
  if (connected > 0) {
    return [
      {
        check: 'sp-reachable',
        verdict: 'fail',
        what: `${what}, and ${NONE_SPEAKS}`,
        todo: 'its entry in the SP list, our pins and [Legacy] Mode say which peer ids may'
      }
    ]
  }
  if (nodes.length > 0) {
    return [
      {
        check: 'sp-reachable',
        verdict: 'fail',
        what: `none of its nodes is connected, ${nodes.length} known`,
        todo: 'see what is said of each node'
      }
    ]
  }
  const named = listingOf(overview) === 'closed'
  return [
    {
      check: 'sp-reachable',
      verdict: 'fail',
      what: 'none of its nodes is known',
      todo: named
        ? 'wait a moment and look again: its entry in the SP list names nodes'
        : 'its entry in the SP list names none: ask the SP for its address and try addPeer(PEERID@HOST:PORT)'
    }
  ]
}

function nodeFinding(view: NodeView): Finding {
  const { record } = view
  const trouble = nodeTrouble(view)
  if (trouble === undefined) {
    const rtt = record.rttMs === undefined ? '' : `, ${record.rttMs.toFixed(1)} ms away`
    return { check: 'node', verdict: 'ok', what: `${record.peerId}: ${record.state}${rtt}` }
  }
  // One node that fails is no fault of the way: its siblings carry it.
  return { check: 'node', verdict: 'warn', what: `${record.peerId}: ${trouble.what}`, todo: trouble.todo }
}

function silence({ asked, answered }: { readonly asked: number; readonly answered: number }): Finding[] {
  if (asked < SILENT_ASKS) return []
  if (answered > 0) {
    return [{ check: 'sp-answers', verdict: 'ok', what: `it answered ${answered} of ${asked} asks` }]
  }
  return [
    {
      check: 'sp-answers',
      verdict: 'warn',
      what: `it answered none of ${asked} asks; a 0.0.1 node that refuses is silent`,
      todo: 'ask its operator for the reason in its log: our clock, its list or its policy may be why'
    }
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
    return {
      check: 'sp-reachable',
      verdict: 'warn',
      what: `${facts.sp}: ${first === undefined ? untroubled : `${first.what}${more}`}`,
      todo: `diagnose(${facts.sp})`
    }
  })
  const rest = wanted.length - findings.length
  if (rest === 0) return findings
  return [
    ...findings,
    { check: 'sp-reachable', verdict: 'warn', what: `and ${several(rest, 'SP')} more`, todo: 'sps()' }
  ]
}
