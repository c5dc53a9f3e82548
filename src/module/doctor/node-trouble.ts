import type { Finding } from '../../contract.js'
import type { DialFailure } from '../../domain/node.js'
import type { Facts, NodeView } from './facts.js'
import { warn } from './finding.js'

type Words = readonly [what: string, todo: string]

const ASK_THE_SP = 'ask its operator whether it runs (diagnose() there)'

/** By why the last dial failed. */
const WORDS: Readonly<Record<DialFailure, Words>> = {
  refused: ['nothing listens there', `${ASK_THE_SP}, and at which port`],
  timeout: ['no answer', `${ASK_THE_SP}, and whether a firewall lets us through to its port`],
  'wrong-peer': [
    'another peer id answers there',
    'the node has a new key, or another node took its address: ask the SP for its peer id (peerIdOf() there) and correct the SP list or the bootstrap entry'
  ],
  dns: ['its name does not resolve', 'check the name in the SP list, and the resolver of this machine'],
  unreachable: [
    'no way leads there',
    'check our own network and routes (a private address needs AllowPrivate = true in [P2P])'
  ],
  protocol: [
    'something answers that is no node of the network',
    'check the port in the SP list; a proxy or another service may listen there'
  ],
  other: ['the last dial failed', ASK_THE_SP]
}

/** Where only the text of an error is known, e.g. of a ping or from an earlier run. */
const BY_TEXT: readonly (readonly [RegExp, DialFailure])[] = [
  [/wrong peer|unexpected peer|different peer|another peer/i, 'wrong-peer'],
  [/ECONNREFUSED/, 'refused'],
  [/ENOTFOUND|EAI_AGAIN|resolve/i, 'dns'],
  [/EHOSTUNREACH|ENETUNREACH|allowPrivate is off/, 'unreachable'],
  [/ETIMEDOUT|timed? ?out|took longer|no pong/i, 'timeout']
]

/** What is wrong with a node and what to do about it; `undefined` when nothing is. */
export function nodeTrouble({ record, unresolved }: NodeView): Required<Pick<Finding, 'what' | 'todo'>> | undefined {
  const { blocked, connected, addresses, lastError, lastErrorKind, failures, peerId } = record
  if (blocked) return { what: 'an operator of this node blocked it', todo: `to lift that: unblockPeer(${peerId})` }
  if (connected && failures === 0) return undefined
  if (connected && lastError !== undefined) {
    return { what: `connected, but ${lastError}`, todo: `it may be overloaded or stuck: ${ASK_THE_SP}` }
  }
  if (connected) return undefined
  if (addresses.length === 0) {
    return {
      what: 'none of its addresses is known',
      todo: `its SP has to list one; until then: addPeer(${peerId}@HOST:PORT)`
    }
  }
  const [lost] = unresolved
  if (lost !== undefined && unresolved.length === addresses.length) {
    return { what: `${lost.name} does not resolve (${lost.error})`, todo: WORDS.dns[1] }
  }
  if (lastError === undefined) return { what: 'not dialled yet', todo: 'wait a moment and look again' }
  const kind = lastErrorKind ?? BY_TEXT.find(([pattern]) => pattern.test(lastError))?.[1] ?? 'other'
  const [what, todo] = WORDS[kind]
  return { what: `${what}: ${addresses[0]?.address ?? ''} (${lastError})`, todo }
}

/** Nodes that are named one by one. */
const MAX_NAMED = 16

/** Nodes of our own configuration: a wrong entry is known to us alone. */
export const checkConfigured = ({ configured }: Facts): readonly Finding[] =>
  configured.slice(0, MAX_NAMED).flatMap((view): Finding[] => {
    const trouble = nodeTrouble(view)
    if (trouble === undefined) return []
    const from = view.record.source === 'operator' ? 'added by an operator' : 'of P2PBootstrap'
    return [warn('bootstrap', `${view.record.peerId}, ${from}: ${trouble.what}`, trouble.todo)]
  })

/** A block outlives restarts, and the node need not be known any more. */
export const checkBlocked = ({ blocked }: Facts): readonly Finding[] =>
  blocked.slice(0, MAX_NAMED).map(peerId => {
    const todo = `nothing if that is meant; to lift it: unblockPeer(${peerId})`
    return warn('blocked', `${peerId} is blocked: it is neither dialled nor let in`, todo)
  })
