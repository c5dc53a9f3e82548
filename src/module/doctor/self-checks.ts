import type { AlarmKind } from '../../alarms.js'
import { ASK_FRESH_SECONDS } from '../../constants.js'
import type { Finding } from '../../contract.js'
import { inService } from '../../domain/registry.js'
import { judge, unheard } from '../../trust/judge.js'
import type { Facts } from './facts.js'
import { fail, ok, several, warn } from './finding.js'
import { checkBlocked, checkConfigured } from './node-trouble.js'
import { checkOwnAddress } from './own-address.js'

/** Asks of others below which a share of stale ones says nothing. */
const ENOUGH_ASKS = 5
/** Share of stale asks above which the fault is likelier ours than that of all the askers. */
const STALE_SHARE = 0.5

/** Every check of this node, in the order in which one thing needs the other. */
export function checkSelf(facts: Facts): readonly Finding[] {
  if (facts.state !== 'started') return [notStarted, key, store, policy].map(check => check(facts))
  return [
    spList,
    height,
    alarms,
    clock,
    ownEntry,
    key,
    peerIdNamed,
    checkOwnAddress,
    ownNetwork,
    checkConfigured,
    checkBlocked,
    reachableSps,
    store,
    policy
  ].flatMap(check => check(facts) ?? [])
}

const notStarted = ({ state }: Facts): Finding => fail('running', `the module is ${state}`, 'start it: start()')

function spList({ sps, chain }: Facts): Finding {
  if (sps !== undefined) return ok('sp-list', `${several(sps.length, 'SP')} on the list of ${chain.name}`)
  const why = chain.alarm ?? 'no reading of it succeeded yet'
  return fail('sp-list', `there is no SP list that can be trusted: ${why}`, 'check [Chain] and the source of the list')
}

function height({ chain }: Facts): Finding {
  if (chain.height !== undefined) return ok('height', `height ${chain.height}`)
  const why = chain.alarm ?? 'no reading of it succeeded yet'
  return fail(
    'height',
    `there is no height that can be trusted, so nothing is asked or granted: ${why}`,
    'check [Chain] and the source of the height'
  )
}

/** Alarms with which nothing is granted, or nothing is asked. */
const STOPPING: readonly AlarmKind[] = ['policy-command', 'store-write']

/** Alarms that no other check reports. */
function alarms({ alarms: inForce, chain, sps }: Facts): readonly Finding[] {
  const reported: AlarmKind[] = ['policy', 'store']
  if (sps === undefined) reported.push('sp-list')
  if (chain.height === undefined) reported.push('height')
  return inForce
    .filter(({ kind }) => !reported.includes(kind))
    .map(({ kind, message, since }) => {
      const what = `${message} (since ${new Date(since).toISOString()})`
      return (STOPPING.includes(kind) ? fail : warn)(
        'alarm',
        what,
        `docs/OPERATING.md says what to do about the alarm "${kind}"`
      )
    })
}

function clock({ chain, asks }: Facts): Finding {
  const todo = 'set the clock of this machine: timedatectl status, chronyc tracking'
  if (chain.alarm !== undefined && /\bclocks?\b/.test(chain.alarm)) {
    return fail('clock', `our clock and the coordinator's are too far apart: ${chain.alarm}`, todo)
  }
  if (asks.decided >= ENOUGH_ASKS && asks.stale / asks.decided > STALE_SHARE) {
    const what = `${asks.stale} of ${asks.decided} asks of others since the start were more than ${ASK_FRESH_SECONDS} s away from our clock`
    return warn('clock', `${what}: ours is more likely wrong than all of theirs`, todo)
  }
  return ok('clock', 'nothing speaks against our clock')
}

function ownEntry({ sps, sp, entry }: Facts): Finding | undefined {
  if (sps === undefined) return undefined
  if (entry === undefined) {
    return fail(
      'listed',
      `this SP, ${sp}, is not on the list: others neither answer its asks nor ask it`,
      'put it on the list (providers.toml), or let it join the coordinator: its log tells why a join is refused'
    )
  }
  if (inService(entry)) return ok('listed', `this SP, ${sp}, is listed and in service`)
  return fail(
    'listed',
    `this SP, ${sp}, is listed with the status ${entry.status}: others neither answer its asks nor ask it`,
    'get its status back to IN_SERVICE'
  )
}

function key({ sp, signing }: Facts): Finding {
  if (!signing.ok) {
    return fail('key', `signing failed: ${signing.error}`, 'check the operator key, or the signer')
  }
  if (signing.by === sp) return ok('key', `our signatures are those of ${sp}`)
  return fail(
    'key',
    `our signatures are those of ${signing.by ?? 'nobody'}, and this SP is ${sp}: nobody believes them`,
    'use the key of this SP: [SpAccount] OperatorPrivateKeyFile, SpOperatorAddress'
  )
}

/** An SP whose entry names peer ids is bound to them. */
function peerIdNamed({ sp, entry, peerId }: Facts): Finding | undefined {
  if (entry === undefined || peerId === undefined) return undefined
  const { listing, tier } = judge({ sp, peerId, mode: 'auto', entry })
  if (listing === 'open') {
    return ok('peer-id', "this SP's entry names no peer ids: any node with its key may speak for it")
  }
  if (tier === 'pinned') return ok('peer-id', `the list names our peer id ${peerId}`)
  return fail(
    'peer-id',
    `this SP's entry names ${several(entry.nodes.length, 'other peer id')} and not ours, ${peerId}: others do not believe this node`,
    'name it there (providers.toml), announce it (replaceNodes()), or use the node key that is named'
  )
}

/** No SP at all is reachable: our own network is the likelier cause, unless the list lets others refuse us. */
function ownNetwork({ sps, sp, entry, peerId }: Facts): Finding | undefined {
  if (sps === undefined || (peerId !== undefined && unheard(sp, peerId, entry) !== undefined)) return undefined
  const others = (sps ?? []).filter(entry => entry.operatorAddress !== sp && inService(entry) && entry.peers > 0)
  if (others.some(({ connected }) => connected > 0) || others.length < 3) return undefined
  return fail(
    'own-network',
    `none of ${others.length} SPs whose nodes we know can be reached: likelier our own network than all of theirs`,
    'check the network, the firewall for outgoing connections and the resolver of this machine'
  )
}

function reachableSps({ reachable, min, sps, sp, entry, peerId }: Facts): Finding {
  if (reachable >= min) return ok('reachable', `${several(reachable, 'other SP')} reachable, an ask needs ${min}`)
  const refused = sps === undefined || peerId === undefined ? undefined : unheard(sp, peerId, entry)
  if (refused !== undefined) {
    const what = `${several(reachable, 'other SP')} reachable and an ask needs ${min}; ${refused}`
    return fail('reachable', what, 'see the finding on our own entry above')
  }
  const others = Math.max(0, (sps?.filter(inService).length ?? 1) - 1)
  if (sps !== undefined && others < min) {
    return fail(
      'reachable',
      `${several(reachable, 'other SP')} reachable and an ask needs ${min}: the list has ${others} others in service`,
      'more SPs have to join, or asks need fewer: [Ask] Min'
    )
  }
  return fail(
    'reachable',
    `${several(reachable, 'other SP')} reachable and an ask needs ${min}`,
    'sps() shows which are not, diagnose(SP) why'
  )
}

function store({ store: health }: Facts): Finding {
  if (health.state === 'ready') return ok('store', 'the grant store is sound')
  return fail(
    'store',
    `nothing is granted until height ${health.until}: ${health.reason}`,
    'wait until then, or accept that promises may be broken: acceptLoss()'
  )
}

function policy({ policyAlarm }: Facts): Finding {
  if (policyAlarm === undefined) return ok('policy', 'the policy is in force')
  return warn('policy', `the last edit of the policy is not in force: ${policyAlarm}`, 'correct the policy file')
}
