import type { Finding } from '../../contract.js'
import type { Facts, OwnAddressFacts } from './facts.js'
import { several } from './words.js'

const CHECK = 'own-address'
const ANNOUNCE = "announce one that others can dial: [P2P] P2PAntAddress = 'HOST:PORT'"

/** Whether others can dial us: what their dial backs found, and where nobody can say, what speaks for it. */
export function checkOwnAddress(facts: Facts): readonly Finding[] {
  const { addresses } = facts
  if (addresses.length === 0) {
    return [{ check: CHECK, verdict: 'fail', what: 'this node has no address that others could dial', todo: ANNOUNCE }]
  }
  const faults = addresses.flatMap(address => faultOf(address) ?? [])
  const told = addresses.filter(({ dialledBack }) => dialledBack === 'reachable')
  if (told.length > 0) {
    const what = `another SP's node dialled us back at ${told.map(({ address }) => address).join(', ')}`
    return [...faults, { check: CHECK, verdict: 'ok', what }]
  }
  if (faults.length === addresses.length) return faults
  return [...faults, ...untold(facts)]
}

/** What is surely wrong with one of our addresses. */
function faultOf({ address, name, dialledBack, reason, connects, local, reach }: OwnAddressFacts): Finding | undefined {
  if (name?.ok === false) {
    return {
      check: CHECK,
      verdict: 'fail',
      what: `we announce ${address}, and that name does not resolve (${name.error})`,
      todo: 'enter the name in the DNS, or correct P2PAntAddress'
    }
  }
  if (dialledBack === 'unreachable') {
    return {
      check: CHECK,
      verdict: 'fail',
      what: `other SPs' nodes could not dial us back at ${address}${reason === undefined ? '' : ` (${reason})`}`,
      todo: 'open that port in the firewall, or forward it at the router, or announce the right address: [P2P] P2PAntAddress'
    }
  }
  if (connects === 'no' && (local || reach === 'loopback')) {
    return {
      check: CHECK,
      verdict: 'fail',
      what: `nothing listens at our own address ${address}`,
      todo: 'announce the port on which the node listens: [P2P] P2PAddress and P2PAntAddress'
    }
  }
  if (connects === 'no' && reach === 'private') {
    return {
      check: CHECK,
      verdict: 'warn',
      what: `our address ${address} belongs to no interface of this machine, and nothing answers there`,
      todo: 'check P2PAntAddress, and that the address is forwarded to this node'
    }
  }
  return undefined
}

/** Nobody dialled back, or nobody could: private addresses are not looked at by AutoNAT. */
function untold({ addresses, inbound, allowPrivate }: Facts): Finding[] {
  const seen = `${several(inbound, 'connection')} came from others since the start`
  const told = addresses.filter(({ reach }) => allowPrivate || (reach !== 'private' && reach !== 'loopback'))
  const hidden = addresses.every(({ reach }) => reach === 'private' || reach === 'loopback')
  const shown = (told.length > 0 ? told : addresses).map(({ address }) => address).join(', ')
  if (hidden && !allowPrivate) {
    return [
      {
        check: CHECK,
        verdict: 'fail',
        what: `all our addresses are private (${shown}): nobody outside can dial them`,
        todo: `${ANNOUNCE}; where all SPs share this network: AllowPrivate = true`
      }
    ]
  }
  if (hidden) {
    const loopback = addresses.every(({ reach }) => reach === 'loopback')
    const who = loopback
      ? 'only processes of this machine can dial us'
      : 'only machines of the same network can dial us'
    const what = `all our addresses are private (${shown}): ${who}, and nobody is asked to dial back; ${seen}`
    if (inbound > 0) return [{ check: CHECK, verdict: 'ok', what }]
    return [{ check: CHECK, verdict: 'warn', what, todo: "try it from another SP's machine: diagnose(SP) there" }]
  }
  if (inbound > 0) {
    return [{ check: CHECK, verdict: 'ok', what: `no node dialled back yet at ${shown}, but ${seen}` }]
  }
  return [
    {
      check: CHECK,
      verdict: 'warn',
      what: `no node has dialled us back at ${shown}, nor did any connect to us on its own`,
      todo: 'wait for other SPs to connect; if it stays so, open the port in the firewall or announce the right address: [P2P] P2PAntAddress'
    }
  ]
}
