import type { Finding } from '../../contract.js'
import type { Facts, OwnAddressFacts } from './facts.js'
import { fail, ok, several, warn } from './finding.js'

const CHECK = 'own-address'
const ANNOUNCE = "announce one that others can dial: [P2P] P2PAntAddress = 'HOST:PORT'"

/** Whether others can dial us: by their dial-backs, or by indirect evidence where there were none. */
export function checkOwnAddress(facts: Facts): readonly Finding[] {
  const { addresses } = facts
  if (addresses.length === 0) {
    return [fail(CHECK, 'this node has no address that others could dial', ANNOUNCE)]
  }
  const faults = addresses.flatMap(address => faultOf(address) ?? [])
  const told = addresses.filter(({ dialledBack }) => dialledBack === 'reachable')
  if (told.length > 0) {
    const what = `another SP's node dialled us back at ${told.map(({ address }) => address).join(', ')}`
    return [...faults, ok(CHECK, what)]
  }
  if (faults.length === addresses.length) return faults
  return [...faults, untold(facts)]
}

/** What is surely wrong with one of our addresses. */
function faultOf({ address, name, dialledBack, reason, connects, local, reach }: OwnAddressFacts): Finding | undefined {
  if (name?.ok === false) {
    const what = `we announce ${address}, and that name does not resolve (${name.error})`
    return fail(CHECK, what, 'enter the name in the DNS, or correct P2PAntAddress')
  }
  if (dialledBack === 'unreachable') {
    return fail(
      CHECK,
      `other SPs' nodes could not dial us back at ${address}${reason === undefined ? '' : ` (${reason})`}`,
      'open that port in the firewall, or forward it at the router, or announce the right address: [P2P] P2PAntAddress'
    )
  }
  if (connects === 'no' && (local || reach === 'loopback')) {
    const todo = 'announce the port on which the node listens: [P2P] P2PAddress and P2PAntAddress'
    return fail(CHECK, `nothing listens at our own address ${address}`, todo)
  }
  if (connects === 'no' && reach === 'private') {
    const what = `our address ${address} belongs to no interface of this machine, and nothing answers there`
    return warn(CHECK, what, 'check P2PAntAddress, and that the address is forwarded to this node')
  }
  return undefined
}

/** No dial-back so far, or none possible: AutoNAT does not check private addresses. */
function untold({ addresses, inbound, allowPrivate }: Facts): Finding {
  const seen = `${several(inbound, 'connection')} came from others since the start`
  const told = addresses.filter(({ reach }) => allowPrivate || (reach !== 'private' && reach !== 'loopback'))
  const hidden = addresses.every(({ reach }) => reach === 'private' || reach === 'loopback')
  const shown = (told.length > 0 ? told : addresses).map(({ address }) => address).join(', ')
  if (hidden && !allowPrivate) {
    const what = `all our addresses are private (${shown}): nobody outside can dial them`
    return fail(CHECK, what, `${ANNOUNCE}; where all SPs share this network: AllowPrivate = true`)
  }
  if (hidden) {
    const loopback = addresses.every(({ reach }) => reach === 'loopback')
    const who = `only ${loopback ? 'processes of this machine' : 'machines of the same network'} can dial us`
    const what = `all our addresses are private (${shown}): ${who}, and nobody is asked to dial back; ${seen}`
    if (inbound > 0) return ok(CHECK, what)
    return warn(CHECK, what, "try it from another SP's machine: diagnose(SP) there")
  }
  if (inbound > 0) return ok(CHECK, `no node dialled back yet at ${shown}, but ${seen}`)
  return warn(
    CHECK,
    `no node has dialled us back at ${shown}, nor did any connect to us on its own`,
    'wait for other SPs to connect; if it stays so, open the port in the firewall or announce the right address: [P2P] P2PAntAddress'
  )
}
